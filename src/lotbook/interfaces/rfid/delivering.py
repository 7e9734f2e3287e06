"""What a delivery of reads looks like, over HTTP and in messages of a broker alike."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from lotbook.interfaces.rfid import rules
from lotbook.interfaces.rfid.rules import Read
from lotbook.traceability.ledger import wire

COUNT_MAX = 1_000_000


class RfidReadIn(wire.Strict):
    """One read, or `count` reads, of one tag by one antenna. `at` left out: when the batch came."""

    epc: Annotated[
        str,
        Field(
            min_length=1, max_length=500,
            description="Hexadecimal digits, tag URI, pure identity URI, or GS1 Digital Link.",
        ),
    ]  # fmt: skip
    antenna: Annotated[int, Field(ge=0, le=rules.ANTENNA_MAX)] = 0
    rssi: Annotated[
        float | None, Field(ge=rules.RSSI_LOWEST, le=rules.RSSI_HIGHEST, description="Signal in dBm.")
    ] = None
    at: AwareDatetime | None = Field(None, description="RFC 3339 with offset.")
    count: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 1


class RfidReadsIn(wire.Strict):
    """A batch of reads of one portal. `batch` is the reader's own id of it: sent again, it is taken once."""

    portal: Annotated[str, Field(max_length=60, description="By code or uid.")]
    batch: Annotated[str, Field(min_length=1, max_length=100)]
    reads: Annotated[list[RfidReadIn], Field(max_length=rules.READS_MAX)]

    model_config = wire.example(
        portal="dock-1",
        batch="0192f1a0-7c1e-7d61-9a34-5b0f6c2e8d11",
        reads=[
            {"epc": "3074257BF7194E4000001A85", "antenna": 1, "rssi": -52.5, "count": 3},
            {"epc": "urn:epc:id:sscc:0614141.1234567890", "antenna": 2, "rssi": -48},
        ],
    )


def reads_of(sent: RfidReadsIn) -> list[Read]:
    """The reads as the actions take them."""
    return [
        Read(
            one.epc,
            one.antenna,
            None if one.rssi is None else round(one.rssi),
            0 if one.at is None else _ms(one.at),
            one.count,
        )
        for one in sent.reads
    ]


def _ms(moment: datetime) -> int:
    # Before 1970 is refused by the action; 0 would mean that no time was told.
    return int(moment.timestamp() * 1000) or -1
