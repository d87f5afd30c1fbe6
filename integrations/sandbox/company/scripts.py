"""Countries that write in other letters, and India, which writes in several."""

from __future__ import annotations

from .locales import Locale, paired, plain, towns

_HINDI_TRADES = paired(
    "उपकरण=Upkaran यंत्र=Yantra वस्त्र=Vastra इस्पात=Ispat खाद्य=Khadya रसायन=Rasayan ऊर्जा=Urja"
    " काग़ज़=Kagaz औषधि=Aushadhi परिवहन=Parivahan निर्माण=Nirman सीमेंट=Cement"
)

OTHER: tuple[Locale, ...] = (
    Locale(
        "Japan", 5, "JPY",
        ("{stem}{trade}{legal}", "{legal}{stem}{trade}", "{city}{stem}{trade}{legal}",
         "{last}{trade}{legal}"),
        paired("精密工業=Seimitsu 電機=Denki 製作所=Seisakusho 化学=Kagaku 食品=Shokuhin 運輸=Unyu"
               " 計測=Keisoku 光学=Kogaku 鉄工=Tekko 製薬=Seiyaku 繊維=Seni 印刷=Insatsu"
               " 包装=Hoso 建設=Kensetsu"),
        ("株式会社", "有限会社"),
        towns("""大阪市=Osaka|大阪府|6|53#-00##
            名古屋市=Nagoya|愛知県|52|46#-00##
            横浜市=Yokohama|神奈川県|45|22#-00##
            諏訪市=Suwa|長野県|266|392-00##
            浜松市=Hamamatsu|静岡県|53|43#-00##"""),
        ("中央区本町{m}-{k}", "港北区{stem}町{n}", "{stem}台{m}丁目{k}"),
        "+81 {area}-###-####",
        paired("健=Ken 美咲=Misaki 翔太=Shota 陽子=Yoko 大輔=Daisuke 由美=Yumi"),
        paired("田中=Tanaka 鈴木=Suzuki 高橋=Takahashi 渡辺=Watanabe 伊藤=Ito 山本=Yamamoto"
               " 中村=Nakamura 小林=Kobayashi 斎藤=Saito 松本=Matsumoto"),
        paired("山=Yama 川=Kawa 松=Matsu 竹=Take 富士=Fuji 大=Oo 新=Shin 東=Higashi 西=Nishi"
               " 北=Kita 南=Minami 日=Hi 星=Hoshi 青=Ao 白=Shira"),
        paired("田=da 本=moto 野=no 原=hara 島=shima 崎=saki"
               " 沢=sawa 口=guchi 宮=miya 岡=oka 浜=hama"),
    ),
    Locale(
        "China", 4, "USD",
        ("{city}{stem}{trade}{legal}", "{stem}{trade}{legal}", "{stem}{trade}（{city}）{legal}"),
        paired("仪器=Yiqi 机械=Jixie 电子=Dianzi 化工=Huagong 食品=Shipin 物流=Wuliu 包装=Baozhuang"
               " 纺织=Fangzhi 光学=Guangxue 医药=Yiyao 建材=Jiancai 软件=Ruanjian"),
        ("有限公司", "股份有限公司"),
        towns("""苏州=Suzhou|江苏|512|2150##
            深圳=Shenzhen|广东|755|5180##
            成都=Chengdu|四川|28|6100##
            宁波=Ningbo|浙江|574|3150##
            青岛=Qingdao|山东|532|2660##"""),
        ("{stem}路{n}号", "高新区{stem}大道{n}号{m}室"),
        "+86 {area} ####-###",
        paired("伟=Wei 芳=Fang 敏=Min 静=Jing 强=Qiang 丽=Li 军=Jun 洋=Yang"),
        paired("王=Wang 李=Li 张=Zhang 刘=Liu 陈=Chen 杨=Yang 赵=Zhao 黄=Huang 周=Zhou 吴=Wu"),
        paired("华=Hua 金=Jin 东=Dong 天=Tian 瑞=Rui 恒=Heng 宏=Hong 新=Xin 中=Zhong 海=Hai 永=Yong"
               " 德=De 泰=Tai 鼎=Ding"),
        paired("达=da 信=xin 盛=sheng 通=tong 源=yuan 丰=feng 美=mei 力=li 科=ke 康=kang 隆=long"),
    ),
    Locale(
        "Bulgaria", 2, "EUR",
        ("{stem} {trade} {legal}", "{trade} {stem} {legal}", "{trade} {city} {legal}"),
        paired("Инструменти=Instrumenti Машини=Mashini Храни=Hrani"
               " Транспорт=Transport Стъкло=Staklo"
               " Химия=Himia Мебели=Mebeli Текстил=Tekstil Електроника=Elektronika Помпи=Pompi"),
        ("ООД", "ЕООД", "АД"),
        towns("""Пловдив=Plovdiv|Пловдив|32|40##
            Варна=Varna|Варна|52|90##
            Русе=Ruse|Русе|82|70##"""),
        ("ул. {stem} {n}", "бул. {stem} {n}, офис {m}"),
        "+359 {area} ### ####",
        paired("Иван=Ivan Мария=Maria Георги=Georgi Елена=Elena Петър=Petar Десислава=Desislava"),
        paired("Иванов=Ivanov Петров=Petrov Димитров=Dimitrov Николов=Nikolov Тодоров=Todorov"),
        paired("Бал=Bal Дунав=Dunav Родоп=Rodop Тракия=Trakia Вит=Vit"
               " Рила=Rila Мизия=Mizia Пирин=Pirin"),
        paired("кан=kan град=grad мет=met тех=teh пром=prom ком=kom ел=el строй=stroy"),
    ),
    Locale(
        "Ukraine", 2, "USD",
        ("{legal} «{stem} {trade}»", "{stem} {trade} {legal}", "{trade} {city} {legal}"),
        paired("Прилади=Prylady Машинобудування=Mashynobud"
               " Харчопром=Kharchoprom Логістика=Lohistyka"
               " Скло=Sklo Хімпром=Khimprom Меблі=Mebli"
               " Енергія=Enerhiia Насоси=Nasosy Метал=Metal"),
        ("ТОВ", "ПрАТ"),
        towns("""Львів=Lviv|Львівська|32|790##
            Харків=Kharkiv|Харківська|57|610##
            Дніпро=Dnipro|Дніпропетровська|56|490##"""),
        ("вул. {stem}а, {n}", "просп. {stem}, {n}, оф. {m}"),
        "+380 {area} ### ####",
        paired("Олена=Olena Андрій=Andrii Наталія=Nataliia Тарас=Taras Юлія=Yuliia Богдан=Bohdan"),
        paired("Шевченко=Shevchenko Коваль=Koval Бондар=Bondar"
               " Ткач=Tkach Мельник=Melnyk Кравець=Kravets"),
        paired("Карпат=Karpat Буг=Buh Степ=Step Поділ=Podil Зоря=Zoria Світ=Svit Дністер=Dnister"),
        paired("пром=prom буд=bud тех=tekh маш=mash торг=torh ленд=lend сервіс=servis агро=ahro"),
    ),
    Locale(
        "Greece", 2, "EUR",
        ("{stem} {trade} {legal}", "{last} {trade} {legal}", "{trade} {city} {legal}"),
        paired("Όργανα=Organa Μηχανές=Michanes Τρόφιμα=Trofima Μεταφορές=Metafores Χημικά=Chimika"
               " Έπιπλα=Epipla Ενέργεια=Energeia Ναυτιλία=Naftilia Τεχνική=Techniki Γυαλί=Gyali"),
        ("Α.Ε.", "Ε.Π.Ε.", "Ο.Ε."),
        towns("""Θεσσαλονίκη=Thessaloniki|Μακεδονία|231|546 ##
            Πάτρα=Patra|Αχαΐα|261|262 ##
            Ηράκλειο=Irakleio|Κρήτη|281|713 ##"""),
        ("Οδός {stem} {n}", "Λεωφόρος {stem} {n}"),
        "+30 {area} ### ####",
        paired("Γιώργος=Giorgos Ελένη=Eleni Νίκος=Nikos Μαρία=Maria Κώστας=Kostas Σοφία=Sofia"),
        paired("Παπαδόπουλος=Papadopoulos Γεωργίου=Georgiou Νικολάου=Nikolaou Δημητρίου=Dimitriou"),
        paired("Αιγ=Aig Δελ=Del Ηλι=Ili Κρη=Kri Ολυμ=Olym Πελ=Pel Θερμ=Therm Αττ=Att Λακ=Lak"),
        paired("αίος=aios φικα=fika όπολις=opolis μαρ=mar τεχ=tech άριο=ario ανία=ania ωνία=onia"),
    ),
    Locale(
        "Kuwait", 2, "KWD",
        ("{legal} {stem} {trade}", "{legal} {last} {trade}", "{legal} {stem} {trade} {city}"),
        paired("للأجهزة=Ajhiza للمقاولات=Muqawalat للتجارة=Tijara للنقل=Naql للأغذية=Aghthiya"
               " للصناعات=Sinaat للطاقة=Taqa للتقنية=Taqniya للمعدات=Muaddat للكيماويات=Kimawiyat"),
        ("شركة", "مؤسسة"),
        towns("""الكويت=Kuwait City|العاصمة|22|130##
            حولي=Hawalli|حولي|25|320##
            الفروانية=Farwaniya|الفروانية|24|810##"""),
        ("شارع {stem} {n}", "قطعة {m}، شارع {n}"),
        "+965 {area} ### ####",
        paired("محمد=Mohammed فاطمة=Fatima أحمد=Ahmad نورة=Noura خالد=Khaled مريم=Maryam"),
        paired("العنزي=Alenezi المطيري=Almutairi الرشيدي=Alrashidi الصباح=Alsabah الخالدي=Alkhaldi"
               " الشمري=Alshammari"),
        paired("الخليج_=Khaleej- النخبة_=Nokhba- الواحة_=Waha- الأفق_=Ofoq- المنار_=Manar-"
               " البحر_=Bahr- الصقر_=Saqr- النور_=Noor- الديرة_=Deera- الفجر_=Fajr-"),
        paired("العربي=arabi الأول=awal الذهبي=dhahabi الحديث=hadith المتحد=muttahid الكبير=kabeer"
               " العالمي=alami الشرقي=sharqi الدولي=dawli الجديد=jadeed"),
    ),
    Locale(
        "India", 3, "INR",
        ("{stem} {trade} {legal}", "{last} {trade} {legal}", "{stem} {trade} ({city}) {legal}"),
        plain("Instruments Pharma Textiles Infotech Steels Agro_Foods Polymers Exports Engineering"
              " Castings Electricals Chemicals Ceramics Logistics Papers Bearings"),
        ("Pvt. Ltd.", "Private Limited", "LLP"),
        towns("""Pune|Maharashtra|20|4110##
            Coimbatore|Tamil Nadu|422|6410##
            Ahmedabad|Gujarat|79|3800##
            Bengaluru|Karnataka|80|5600##"""),
        ("Plot No. {n}, MIDC {stem}", "{n}/{m}, {stem} Nagar", "{stem} Towers, {m}th Floor"),
        "+91 {area} ### ####",
        plain("Aarav Priya Rohan Ananya Vikram Divya Arjun Meera Sanjay Lakshmi"),
        plain("Sharma Patel Iyer Reddy Gupta Nair Kulkarni Banerjee Deshmukh Chopra"),
        plain("Surya Ganga Hima Jaya Kavi Laxmi Maha Nava Shakti Tara Uday Vijay"),
        plain("tech deep lok mitra vara shree nidhi jyoti teja priya"),
    ),
    Locale(
        "India", 3, "INR",
        ("{stem} {trade} {legal}", "{last} {trade} {legal}", "{city} {stem} {trade} {legal}"),
        _HINDI_TRADES, ("प्रा. लि.", "एंटरप्राइज़ेज़"),
        towns("""जयपुर=Jaipur|राजस्थान|141|3020##
            लखनऊ=Lucknow|उत्तर प्रदेश|522|2260##
            भोपाल=Bhopal|मध्य प्रदेश|755|4620##
            पटना=Patna|बिहार|612|8000##"""),
        ("{n}, {stem} मार्ग", "{stem} नगर, प्लॉट {n}"),
        "+91 {area} ### ####",
        paired("अमित=Amit सुनीता=Sunita राजेश=Rajesh कविता=Kavita मनोज=Manoj पूजा=Pooja"),
        paired("शर्मा=Sharma वर्मा=Verma सिंह=Singh मिश्रा=Mishra यादव=Yadav गुप्ता=Gupta"),
        paired("सूर्य=Surya गंगा=Ganga हिम=Him भारत=Bharat विजय=Vijay"
               " शक्ति=Shakti नव=Nav जय=Jai राज=Raj"),
        paired("दीप=deep लोक=lok ज्योति=jyoti श्री=shree मित्र=mitra तेज=tej कमल=kamal सागर=sagar"),
    ),
)  # fmt: skip
