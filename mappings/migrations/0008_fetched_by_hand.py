"""A person may ask for a pair's present values in the ledger."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mappings', '0007_edited_by_people'),
    ]

    operations = [
        migrations.AlterField(
            model_name='recordlink',
            name='decision',
            field=models.CharField(blank=True, choices=[('', 'Not decided'), ('same', 'The same record: pair them'), ('different', 'Another record: create it'), ('keep_source', "Write the source's values"), ('keep_target', "Keep the target's values"), ('by_field', 'Chosen field by field'), ('fetch', 'Fetch the present values')], default='', max_length=12),
        ),
    ]
