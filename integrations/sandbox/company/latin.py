"""Countries that write in Latin letters."""

from __future__ import annotations

from .locales import Locale, plain, towns

_ENGLISH_HEADS = plain(
    "North Summit Harbor Red Stone Silver Oak Iron Bright Clear Blue Granite Maple Falcon Pine"
    " Cedar Copper West Lake High River Birch Crown Ash Elm Fox Gold Hazel Juniper Kings Marsh"
    " Mill New Otter Pearl Quarry Raven Sand Thorn Union Vale White Wind Yew Amber Beacon Cobalt"
)
_ENGLISH_TAILS = plain(
    "bridge field gate stone wood ridge port brook haven crest ford mark light point line path"
    " well craft view side worth dale shore hill moor land water mere cliff grove"
)
_ENGLISH_TRADES = plain(
    "Instruments Valves Optics Logistics Analytics Fabrication Packaging Foods Pharma Robotics"
    " Energy Water_Systems Castings Textiles Paper_Mills Marine Aerospace Dental_Supply Furniture"
    " Software Networks Printing Bearings Pumps Coatings Plastics Metalworks Semiconductors"
    " Brewing Dairy Machine_Tools Scientific Calibration Laboratories Controls Sensors Freight"
    " Construction Consulting Electrical Hydraulics Ceramics Glass Seeds Timber"
)
_ENGLISH_FIRST = plain(
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara"
    " Richard Susan Joseph Jessica Thomas Karen Oliver Amelia George Isla Noah Olivia Liam Emma"
)
_ENGLISH_LAST = plain(
    "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Moore Jackson Martin"
    " Lee Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Torres"
    " Nguyen Hill Green Adams Baker Nelson Carter Mitchell O'Brien McAllister Fitzgerald"
)

LATIN: tuple[Locale, ...] = (
    Locale(
        "United States", 28, "USD",
        ("{stem} {trade} {legal}", "{stem} {trade}", "{stem} & {other} {trade} {legal}",
         "{city} {trade} {legal}", "{stem} {trade} of {city}", "{last} {trade} {legal}"),
        _ENGLISH_TRADES, ("Inc.", "LLC", "Corp.", "Co.", "Inc"),
        towns("""Chicago|IL|312|606##
            Houston|TX|713|770##
            Columbus|OH|614|432##
            Portland|OR|503|972##
            Raleigh|NC|919|276##
            Minneapolis|MN|612|554##
            Rochester|NY|585|146##
            Boise|ID|208|837##
            Tucson|AZ|520|857##
            Milwaukee|WI|414|532##
            Savannah|GA|912|314##
            Spokane|WA|509|992##
            Grand Rapids|MI|616|495##
            Omaha|NE|402|681##"""),
        ("{n} Industrial Parkway", "{n} W {stem} Ave", "{n} Commerce Drive, Suite {m}",
         "{n} {stem} Street", "PO Box {n}"),
        "+1 ({area}) ###-####", _ENGLISH_FIRST, _ENGLISH_LAST, _ENGLISH_HEADS, _ENGLISH_TAILS,
    ),
    Locale(
        "United Kingdom", 9, "GBP",
        ("{stem} {trade} {legal}", "{last} & {last2} {legal}", "{city} {trade} {legal}",
         "{stem} {trade} ({city}) {legal}"),
        _ENGLISH_TRADES, ("Ltd", "Limited", "PLC", "LLP"),
        towns("""Leeds|West Yorkshire|113|LS## #AB
            Sheffield|South Yorkshire|114|S## #DT
            Bristol|Avon|117|BS## #HG
            Glasgow|Scotland|141|G## #QX
            Cardiff|Wales|29|CF## #RD
            Norwich|Norfolk|1603|NR## #LU
            Reading|Berkshire|118|RG## #EE"""),
        ("Unit {m}, {stem} Trading Estate", "{n} {stem} Road", "{stem} House, {n} High Street"),
        "+44 {area} ### ####", _ENGLISH_FIRST, _ENGLISH_LAST, _ENGLISH_HEADS, _ENGLISH_TAILS,
    ),
    Locale(
        "Germany", 10, "EUR",
        ("{stem} {trade} {legal}", "{last} {trade} {legal}", "{last} & {last2} {legal}",
         "{trade} {city} {legal}"),
        plain("Messtechnik Maschinenbau Werkzeuge Getränke Anlagenbau Feinmechanik Verpackungen"
              " Pumpen Kälte Optik Elektrotechnik Förderanlagen Gießerei Möbel Präzisionsteile"
              " Medizintechnik Antriebe Drucklösungen Lacke Stahlbau Armaturen Textilien"),
        ("GmbH", "AG", "GmbH & Co. KG", "KG", "e. K."),
        towns("""München|Bayern|89|80###
            Köln|Nordrhein-Westfalen|221|506##
            Düsseldorf|Nordrhein-Westfalen|211|402##
            Hamburg|Hamburg|40|20###
            Leipzig|Sachsen|341|041##
            Nürnberg|Bayern|911|904##
            Göttingen|Niedersachsen|551|370##
            Lübeck|Schleswig-Holstein|451|235##"""),
        ("{stem}straße {m}", "Industriestraße {n}", "Am {stem} {m}"),
        "+49 {area} #######",
        plain("Jürgen Sabine Björn Käthe Thomas Anja Götz Ulrike Matthias Petra Sönke Heike"),
        plain("Müller Schäfer Böhm Weiß Krüger Köhler Jäger Grün Lehmann Voß Hübner Böttcher"
              " Schröder Groß Förster Kühn Brandt Lindemann Vogt Seidel"),
        plain("Brand Eber Falken Grün Hoch Kirch Linden Mühl Nord Ober Rosen Schön Stein Tann"
              " Unter Weiden Wolfs Bären Königs Hirsch"),
        plain("bach berg feld furt hof mann stadt tal wald werk brück heim au rode"),
    ),
    Locale(
        "France", 7, "EUR",
        ("{trade} {stem} {legal}", "{stem} {trade} {legal}", "{trade} de {city} {legal}",
         "{last} et {last2} {legal}"),
        plain("Mécanique Électronique Énergies Traitements_Surfaces Emballages Pâtisserie Outillage"
              " Câblage Métrologie Céramiques Thermique Hydraulique Imprimerie Menuiserie"
              " Laboratoires Fonderie Systèmes Équipements Matériaux Textiles"),
        ("SARL", "SA", "SAS", "S.A.", "EURL"),
        towns("""Lyon|Rhône|4|690##
            Besançon|Doubs|3|250##
            Orléans|Loiret|2|450##
            Nîmes|Gard|4|300##
            Saint-Étienne|Loire|4|420##
            Angoulême|Charente|5|160##
            Châteauroux|Indre|2|360##"""),
        ("{n} rue de l'{stem}", "{n} avenue {stem}", "ZI {stem}, {m} rue des Métiers"),
        "+33 {area} ## ## ###",
        plain("Élodie François Zoé Jérôme Chloé André Benoît Hélène Noël Solène Maïté Cédric"),
        plain("Lefèvre Bérard Gérard Côté Dubois Fournier Château Guérin Hébert Maître Béchu"
              " Roussel Crépin Delaître Vallée Prévost"),
        plain("Éco Alti Bel Cler Dauph Fleur Gran Haut Lumi Mont Nova Péri Roch Val Vert"),
        plain("ance elle fort mont rive roche ville aube vigne igny court eaux"),
    ),
    Locale(
        "Spain", 5, "EUR",
        ("{trade} {stem} {legal}", "{stem} {trade} {legal}", "{trade} {last} {legal}",
         "{trade} de {city} {legal}"),
        plain("Cerámicas Electrónica Válvulas Construcción Envases Logística Máquinas Óptica"
              " Química Aceites Bodegas Muebles Metalúrgica Climatización Telecomunicación"
              " Gráficas Hidráulica Montajes"),
        ("S.L.", "S.A.", "SL", "S.L.U."),
        towns("""Málaga|Málaga|952|290##
            Córdoba|Córdoba|957|140##
            León|León|987|240##
            A Coruña|Galicia|981|150##
            Logroño|La Rioja|941|260##
            Cádiz|Cádiz|956|110##"""),
        ("Calle {stem} {n}", "Polígono {stem}, nave {m}", "Avda. de {stem} {n}"),
        "+34 {area} #######",
        plain("José María Íñigo Begoña Álvaro Inés Óscar Lucía Raúl Nuria Sofía Andrés"),
        plain("García Núñez Muñoz Ibáñez Peña Gómez Martínez Ordóñez Yáñez Álvarez Zúñiga Rincón"),
        plain("Aral Bena Cala Dura Estre Font Gana Ibe Luce Mira Nava Olma Ribe Sola Tera Vega"),
        plain("mar sol zar rios cinas nova gón dor lla bral tana vera"),
    ),
    Locale(
        "Mexico", 3, "USD",
        ("{trade} {stem} {legal}", "Grupo {stem} {trade} {legal}", "{trade} {last} {legal}"),
        plain("Alimentos Agroindustrias Plásticos Empaques Refacciones Autopartes Cementos"
              " Textiles Minerales Logística Ingeniería Acabados"),
        ("S.A. de C.V.", "S. de R.L."),
        towns("""Querétaro|QRO|442|760##
            Mérida|YUC|999|970##
            León de los Aldama|GTO|477|370##
            Monterrey|NL|81|640##"""),
        ("Av. {stem} {n}, Col. Centro", "Calle {n} No. {m}, Parque {stem}"),
        "+52 {area} ### ####",
        plain("Ximena Raúl Adrián Lucía Martín Guadalupe Efraín Ángela"),
        plain("Hernández López Pérez Ramírez Sánchez Treviño Chávez Domínguez"),
        plain("Xoch Tepa Cuau Mixa Chapa Tlal Oaxa Jali Coli Naya"),
        plain("tlán calli mex tepec pan huac ngo terra norte sur"),
    ),
    Locale(
        "Brazil", 3, "USD",
        ("{trade} {stem} {legal}", "{stem} {trade} {legal}", "{last} & {last2} {trade} {legal}"),
        plain("Alimentação Construções Máquinas Cosméticos Embalagens Siderúrgica Automação"
              " Café Calçados Soluções Móveis Óleos Logística"),
        ("Ltda.", "S.A.", "EIRELI"),
        towns("""São Paulo|SP|11|01###-0##
            Florianópolis|SC|48|880##-###
            Goiânia|GO|62|740##-###
            Uberlândia|MG|34|384##-###"""),
        ("Rua {stem}, {n}", "Avenida {stem}, {n}, sala {m}"),
        "+55 {area} ####-###",
        plain("João Antônia Luís Conceição Tânia Flávio Márcia César"),
        plain("Gonçalves Araújo Conceição Magalhães Guimarães Simões Falcão Brandão"),
        plain("Aça Bara Cari Guara Ipa Jaca Mara Nite Para Tupi Uba"),
        plain("í çu nema pava tuba rana mirim guaçu polis ré"),
    ),
    Locale(
        "Italy", 4, "EUR",
        ("{trade} {stem} {legal}", "{stem} {trade} {legal}", "{last} {trade} {legal}",
         "{trade} di {city} {legal}"),
        plain("Officine Ceramiche Rubinetterie Elettronica Imballaggi Meccanica Torrefazione"
              " Macchine Arredamenti Tessuti Strumenti Ottica Fonderie Stampi"),
        ("S.r.l.", "S.p.A.", "SRL", "S.n.c."),
        towns("""Forlì|FC|0543|471##
            Brescia|BS|030|251##
            Modena|MO|059|411##
            Vicenza|VI|0444|361##
            Cantù|CO|031|220##"""),
        ("Via {stem} {n}", "Viale dell'Industria {n}", "Piazza {stem} {m}"),
        "+39 {area} #######",
        plain("Niccolò Lucia Matteo Chiara Giosuè Elena Davide Giulia"),
        plain("Rossi Ferrari Esposito Colombo Nardò Viganò Mazzù Fabbri Conti Ricciò"),
        plain("Alba Bella Carpi Este Fiora Lago Monte Oro Pietra Rosa Terra Verde"),
        plain("chiara fina lago mare nova rossa scura ventura viva ra"),
    ),
    Locale(
        "Netherlands", 4, "EUR",
        ("{stem} {trade} {legal}", "Van {last} {trade} {legal}", "{trade} {city} {legal}"),
        plain("Techniek Kunststoffen Machinebouw Zuivel Verpakking Meettechniek Coatings"
              " Transport Koeling Scheepswerf Bloemen Besturing Drukwerk"),
        ("B.V.", "BV", "N.V.", "V.O.F."),
        towns("""Eindhoven|Noord-Brabant|40|56## AB
            Groningen|Groningen|50|97## KL
            Zwolle|Overijssel|38|80## DE
            's-Hertogenbosch|Noord-Brabant|73|52## GH"""),
        ("{stem}weg {n}", "{stem}laan {m}"),
        "+31 {area} ### ####",
        plain("Joost Femke Daan Sanne Thijs Lotte Sjoerd Noor"),
        plain("Dijk Vries Leeuwen Jansen Bakker Visser Meijer Bos Hoek Brink Wijk"),
        plain("Ooster Wester Nieuw Groen Hoog Lage Molen Zand Water Kerk Bos"),
        plain("dijk veld huizen wijk kamp broek stein meer berg haven"),
    ),
    Locale(
        "Sweden", 3, "EUR",
        ("{stem} {trade} {legal}", "{last} {trade} {legal}", "{trade} i {city} {legal}"),
        plain("Mätteknik Verkstad Förpackningar Träindustri Kyla Mekanik Rör Plåt Elteknik"
              " Måleri Bryggeri Hydraulik"),
        ("AB", "HB"),
        towns("""Göteborg|Västra Götaland|31|41# ##
            Malmö|Skåne|40|21# ##
            Örebro|Örebro|19|70# ##
            Luleå|Norrbotten|920|97# ##"""),
        ("{stem}vägen {n}", "{stem}gatan {m}"),
        "+46 {area} ### ####",
        plain("Åsa Björn Märta Göran Sören Linnéa Örjan Maj-Britt"),
        plain("Åberg Sjögren Öberg Lindström Nyström Hägg Bäckman Söderlund"),
        plain("Norr Söder Väst Öst Björk Häll Älv Ask Lund Sjö"),
        plain("ström vik dal ås hult näs fors torp skog berg"),
    ),
    Locale(
        "Poland", 3, "EUR",
        ("{trade} {stem} {legal}", "{stem} {trade} {legal}", "{trade} {last} {legal}"),
        plain("Zakłady Narzędzia Łożyska Opakowania Urządzenia Elektronika Odlewnia Mleczarnia"
              " Wytwórnia Źródła Logistyka Szkło"),
        ("Sp. z o.o.", "S.A.", "Sp. j."),
        towns("""Łódź|łódzkie|42|90-0##
            Kraków|małopolskie|12|30-0##
            Wrocław|dolnośląskie|71|50-0##
            Gdańsk|pomorskie|58|80-0##"""),
        ("ul. {stem}a {n}", "al. {stem} {m}"),
        "+48 {area} ### ## ##",
        plain("Łukasz Agnieszka Paweł Zofia Michał Małgorzata Wojciech Świętosława"),
        plain("Wiśniewski Wójcik Kowalczyk Zając Król Dąbrowski Łuczak Żak Górski Błaszczyk"),
        plain("Biało Czar Dobro Jasno Kali Lubo Miro Nowo Złoto Zielo Świę"),
        plain("gród brzeg pol wice staw dąb góra rzecz bór las"),
    ),
    Locale(
        "Türkiye", 2, "EUR",
        ("{stem} {trade} {legal}", "{last} {trade} {legal}", "{city} {trade} {legal}"),
        plain("Makina İnşaat Gıda Tekstil Döküm Ölçüm Kağıt Boya Çelik Şişe Lojistik Yazılım"),
        ("A.Ş.", "Ltd. Şti."),
        towns("""İzmir|İzmir|232|35###
            Eskişehir|Eskişehir|222|26###
            Gebze|Kocaeli|262|41###"""),
        ("{stem} Cad. No: {n}", "Organize Sanayi Bölgesi {m}. Sok."),
        "+90 {area} ### ## ##",
        plain("Ayşe Çağlar İbrahim Gülşen Ömer Şule Uğur Özlem"),
        plain("Yılmaz Çelik Şahin Öztürk Güneş Kılıç Doğan Aydın"),
        plain("Ak Kara Gök Yeşil Altın Demir Gün Deniz Yıldız Ulu"),
        plain("kaya tepe çay dağ su han öz soy bey ova"),
    ),
)  # fmt: skip
