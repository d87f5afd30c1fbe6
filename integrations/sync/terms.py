"""What holds for every record of a run, taken from its flow, its setting and its two sides."""

from __future__ import annotations

from integrations import registry
from integrations.sync.case import Terms
from integrations.sync.context import Context


def terms_of(ctx: Context) -> Terms:
    setting, entity = ctx.setting, ctx.target.entity
    option = ctx.flow.second_name_option
    return Terms(
        flow=ctx.flow,
        catalogue=ctx.target.fields,
        modules={key: registry.flow(key).label for key in ctx.flow.needs},
        version=setting.map_version,
        duplicates=setting.duplicates,
        winner=setting.wins,
        two_way=ctx.two_way,
        target_is_ledger=ctx.target.connector.is_ledger,
        target_name=ctx.target.connector.label,
        name_path=entity.name_field,
        second_names=bool(option) and ctx.option(option) == "yes" and not ctx.reverse,
        whole=entity.whole,
        born=entity.born,
        always=entity.always,
        fixed=entity.fixed,
        second_look=entity.second_look,
        apart=ctx.kept_apart,
        second_leg=ctx.two_way and ctx.reverse is (ctx.flow.first == "source"),
        finance_owned=entity.finance_owned,
        documents=entity.documents,
        locked_until=ctx.locked_until,
    )
