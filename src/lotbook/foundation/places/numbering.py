"""Numbers for logistic units: SSCCs from our own ranges, each given once, whoever asks."""

from __future__ import annotations

from django.db import connection, transaction

from lotbook.foundation.places import rules
from lotbook.foundation.places.models import Place, SsccRange, SsccSetting
from lotbook.kernel import clock, sql
from lotbook.kernel.errors import Fault, Refused


@transaction.atomic
def number_from(*, site: Place, prefix: str, extension: int, last: int | None, actor: str) -> SsccSetting:
    """Number the logistic units of a site under a GS1 company prefix and extension digit, both checked.

    Sites with the same prefix and extension share their serials, so no number is given twice. ``last``
    says up to where another system has given numbers; it never goes back.
    """
    row, _ = SsccRange.objects.get_or_create(prefix=prefix, extension=extension)
    if last is not None:
        SsccRange.objects.filter(pk=row.pk, last__lt=last).update(last=last)
    setting, _ = SsccSetting.objects.update_or_create(
        site=site, defaults={"range": row, "changed_at": clock.now(), "changed_by": actor}
    )
    return setting


def next_sscc(site: Place | None, *, field: str = "sscc") -> str:
    """The next SSCC of a site, never given before, nor used by a unit the book knows.

    One statement that locks the range until the transaction ends: two people cannot get the same number.
    Ask for it before goods are locked, as every act does, or two of them may wait for each other. Raises
    RuntimeError outside a transaction, Refused (naming ``field``) without prefix or when every number is
    given.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("next_sscc: expected to be inside transaction.atomic()")
    setting = SsccSetting.objects.select_related("range").filter(site=site).first() if site else None
    if setting is None:
        cause = f"{site or 'this place'} has no GS1 company prefix to number logistic units with."
        remedy = "Set it under Pallets and cases, Numbers; or scan the number of a printed label."
        raise Refused(Fault(field, cause, remedy, "no_prefix"))
    row = setting.range
    while True:
        serial = sql.rows(
            "UPDATE places_sscc_range SET last = last + 1 WHERE id = %s RETURNING last", [row.pk]
        )[0][0]
        if serial >= 10 ** rules.serial_digits(row.prefix):
            cause = f"every number under {row.prefix} with extension digit {row.extension} is given."
            raise Refused(Fault(field, cause, "Set the next extension digit.", "used_up"))
        number = rules.sscc_of(row.prefix, row.extension, serial)
        if not Place.objects.filter(sscc=number).exists():
            return number
