"""Single records fetched by hand are acts too."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0011_removals'),
    ]

    operations = [
        migrations.AlterField(
            model_name='decision',
            name='kind',
            field=models.CharField(choices=[('same', 'The same record'), ('different', 'Another record'), ('later', 'Later'), ('keep_source', "The source's values"), ('keep_target', "The target's values"), ('by_field', 'Chosen field by field'), ('try_again', 'Tried again'), ('fetch', 'Fetched by hand'), ('separate', 'Pair separated'), ('keep_pair', 'Pair kept'), ('pair', 'Paired by hand'), ('keep_alone', 'Kept, its partner was deleted'), ('make_again', 'To be created again'), ('remove', 'To be taken out of use'), ('disable', 'Integration disabled'), ('enable', 'Integration enabled'), ('delete', 'Integration deleted'), ('native_off', "The vendor's own link is switched off"), ('ask_approval', 'Approval asked for'), ('approve', 'Approved'), ('reject', 'Not approved'), ('start', 'Sync started'), ('stop', 'Sync stopped'), ('set_up', 'Settings changed'), ('pause', 'Module paused'), ('resume', 'Module resumed'), ('two_way', 'Two-way link switched'), ('stop_writing', 'All writing stopped'), ('start_writing', 'Writing started again')], max_length=14),
        ),
    ]
