from django.db import migrations, models


def by_flow(apps, schema_editor):
    """A trial kept the pairs of the module's first flow; now each flow has its own."""
    runs = apps.get_model("integrations", "SyncRun")
    for run in runs.objects.filter(trial__isnull=False).select_related("setting"):
        pairs = run.trial.get("pairs")
        if not isinstance(pairs, dict):
            run.trial["pairs"] = {} if pairs is None else {run.setting.flow: pairs}
            run.save(update_fields=["trial"])


def of_first(apps, schema_editor):
    runs = apps.get_model("integrations", "SyncRun")
    for run in runs.objects.filter(trial__isnull=False).select_related("setting"):
        pairs = run.trial.get("pairs")
        if isinstance(pairs, dict):
            run.trial["pairs"] = pairs.get(run.setting.flow)
            run.save(update_fields=["trial"])


class Migration(migrations.Migration):
    dependencies = [("integrations", "0019_set_writing")]

    operations = [
        migrations.AlterField(
            model_name="syncrun",
            name="trial",
            field=models.JSONField(
                blank=True,
                help_text="Choices a preview tries out before they take effect: columns, field pairs by flow.",
                null=True,
            ),
        ),
        migrations.RunPython(by_flow, of_first),
    ]
