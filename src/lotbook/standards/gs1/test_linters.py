from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotbook.standards.gs1.codelists import (
    COUNTRIES,
    COUNTRY_NUMBERS,
    CURRENCY_NUMBERS,
    PACKAGE_TYPES,
)
from lotbook.standards.gs1.identifiers import AIS
from lotbook.standards.gs1.linters import LINTERS, lint

pytestmark = pytest.mark.once

# Every check: what it accepts, and what it refuses with which code.
CASES: dict[str, tuple[list[str], dict[str, str]]] = {
    "csetnumeric": (["", "0123456789"], {"1a": "non_digit_character", "٣": "non_digit_character"}),
    "cset82": (["AB-1/%", "a_b"], {"A B": "invalid_cset82_character", "A^B": "invalid_cset82_character"}),
    "cset39": (["AB-1/#"], {"ab": "invalid_cset39_character", "A_B": "invalid_cset39_character"}),
    "cset64": (
        ["Zm9v", "ab_-", "Zg=", "Z=="],
        {
            "Zm+v": "invalid_cset64_character",
            "Z=g": "invalid_cset64_character",
            "Zm9v=": "invalid_cset64_padding",
        }
        | {"abc===": "invalid_cset64_padding"},
    ),
    "csum": (
        ["4012345123456", "040123450000003338", "40123455"],
        {"4012345123457": "incorrect_check_digit", "40123451234x6": "non_digit_character"}
        | {"": "too_short_for_check_digit"},
    ),
    "csumalpha": (
        ["1987654Ad4X4bL5ttr2310c2K"],
        {"1987654Ad4X4bL5ttr2310c2L": "incorrect_check_pair", "A": "too_short_for_check_pair"}
        | {"1 34AA": "invalid_cset82_character", "1" * 100: "too_long_for_check_pair"},
    ),
    "gcppos1": (["4012345ABC"], {"401": "too_short_for_gcp", "40A2345": "invalid_gcp_prefix"}),
    "gcppos2": (["04012345"], {"0401": "too_short_for_gcp", "040A2345": "invalid_gcp_prefix"}),
    "yymmdd": (
        ["270331", "280229", "000229"],
        {"270229": "illegal_day", "271301": "illegal_month", "270300": "illegal_day"}
        | {"27033": "date_too_short", "2703311": "date_too_long", "2703x1": "non_digit_character"},
    ),
    "yymmd0": (["270300", "270331"], {"270332": "illegal_day", "270000": "illegal_month"}),
    "yyyymmdd": (
        ["20270331", "20000229"],
        {"19000229": "illegal_day", "20270300": "illegal_day", "20271331": "illegal_month"},
    ),
    "yyyymmd0": (["20270300"], {"20270332": "illegal_day", "2027030": "date_too_short"}),
    "hh": (["00", "23"], {"24": "illegal_hour", "1": "hour_too_short", "001": "hour_too_long"}),
    "mi": (["00", "59"], {"60": "illegal_minute", "": "minute_too_short", "x1": "non_digit_character"}),
    "ss": (["00", "59"], {"60": "illegal_second", "1": "second_too_short"}),
    "hhmi": (
        ["0000", "2359"],
        {"2400": "illegal_hour", "2360": "illegal_minute", "235": "hour_with_minute_too_short"}
        | {"23590": "hour_with_minute_too_long"},
    ),
    "iso3166": (["276", "840"], {"383": "not_iso3166", "999": "not_iso3166", "27": "not_iso3166"}),
    "iso3166999": (["276", "999"], {"998": "not_iso3166_or_999"}),
    "iso3166alpha2": (["DE", "US"], {"de": "not_iso3166_alpha2", "EU": "not_iso3166_alpha2"}),
    "iso4217": (["978", "840", "532"], {"276": "not_iso4217", "191": "not_iso4217", "XXX": "not_iso4217"}),
    "iso5218": (
        ["0", "1", "2", "9"],
        {"3": "invalid_biological_sex_code", "": "invalid_biological_sex_code"},
    ),
    "iban": (
        ["DE89370400440532013000", "NO9386011117947", "XK051212012345678906"],
        {"DE88370400440532013000": "incorrect_iban_checksum", "DE8937040044": "iban_too_short"}
        | {"ZZ89370400440532013000": "illegal_iban_country_code"}
        | {"de89370400440532013000": "invalid_iban_character"},
    ),
    "yesno": (["0", "1"], {"2": "not_zero_or_one", "": "not_zero_or_one"}),
    "winding": (["0", "1", "9"], {"2": "invalid_winding_direction"}),
    "mediatype": (["01", "10", "80", "99"], {"00": "invalid_media_type", "11": "invalid_media_type"}),
    "packagetype": (["PX", "201", "9", "CT"], {"": "invalid_package_type", "px": "invalid_package_type"}),
    "importeridx": (
        ["A", "_", "-", "z", "0"],
        {"=": "invalid_import_idx_character", "AB": "invalid_import_idx_character"},
    ),
    "latitude": (
        ["0000000000", "1800000000"],
        {"1800000001": "invalid_latitude", "1": "latitude_invalid_length"},
    ),
    "longitude": (["3600000000"], {"3600000001": "invalid_longitude", "36x0000000": "non_digit_character"}),
    "nonzero": (["0001"], {"0000": "illegal_zero_value", "00x1": "non_digit_character"}),
    "nozeroprefix": (["1", "10"], {"01": "illegal_zero_prefix", "0": "illegal_zero_prefix"}),
    "zero": (["0"], {"1": "not_zero", "": "not_zero"}),
    "hasnondigit": (["12A"], {"123": "requires_non_digit_character"}),
    "hyphen": (["-"], {"+": "not_hyphen", "": "not_hyphen"}),
    "pcenc": (
        ["", "A+B%20C"],
        {
            "A%": "invalid_percent_sequence",
            "A%2": "invalid_percent_sequence",
            "%zz": "invalid_percent_sequence",
        },
    ),
    "pieceoftotal": (
        ["0102", "0202"],
        {"0302": "piece_number_exceeds_total", "0002": "zero_piece_number", "0100": "zero_total_pieces"}
        | {"010": "invalid_length_for_piece_of_total", "": "invalid_length_for_piece_of_total"},
    ),
    "posinseqslash": (
        ["1/1", "2/3"],
        {"3/2": "position_exceeds_end", "0/2": "illegal_zero_prefix", "12": "position_in_sequence_malformed"},
    ),
    "couponcode": (
        ["0614141" + "123456" + "3150" + "12" + "0" + "123"],
        {
            "": "coupon_missing_gcp_vli",
            "7": "coupon_invalid_gcp_length",
            "06141": "coupon_truncated_gcp",
            "061414112345": "coupon_truncated_offer_code",
            "0614141123456": "coupon_missing_save_value_vli",
            "06141411234566": "coupon_invalid_save_value_length",
            "0614141123456315": "coupon_truncated_save_value",
            "061414112345631501": "coupon_truncated_1st_purchase_requirement",
            "06141411234563150126": "coupon_invalid_1st_purchase_requirement_code",
            "061414112345631501201": "coupon_truncated_1st_purchase_family_code",
            "061414112345631501201238": "coupon_excess_data",
            "06141411234563150120123A": "non_digit_character",
        },
    ),
    "couponposoffer": (
        ["0" + "0614141" + "123456" + "0123456"],
        {
            "2": "coupon_invalid_format_code",
            "": "coupon_missing_format_code",
            "0": "coupon_missing_funder_vli",
            "09": "coupon_invalid_funder_length",
            "00614": "coupon_truncated_funder",
            "0061414112345": "coupon_truncated_offer_code",
            "00614141123456": "coupon_missing_serial_number_vli",
            "00614141123456012345": "coupon_truncated_serial_number",
            "0061414112345601234567": "coupon_excess_data",
        },
    ),
}
CHECK_NOTHING = {"iso3166list", "keyoff1", "mmoptss"}


def test_every_check_has_examples() -> None:
    assert set(CASES) == set(LINTERS) - CHECK_NOTHING
    used = {name for ai in AIS.values() for part in ai.parts for name in part.checks}
    assert used <= set(CASES)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in CASES for text in CASES[name][0]])
def test_accepted(name: str, text: str) -> None:
    assert lint(name, text) is None


@pytest.mark.parametrize(
    ("name", "text", "code"), [(name, *case) for name in CASES for case in CASES[name][1].items()]
)
def test_refused(name: str, text: str, code: str) -> None:
    fault = lint(name, text)
    assert fault is not None
    assert fault.code == code
    assert fault.expected
    assert fault.got


COUPON = "0614141" + "123456" + "3150" + "12" + "0" + "123"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("1" + "0" + "11" + "0" + "123" + "9", None),  # a second purchase of the same company
        ("1" + "3" + "11" + "9" + "123" + "0614141", None),  # of another
        ("1", "coupon_missing_additional_purchase_rules_code"),
        ("14", "coupon_invalid_additional_purchase_rules_code"),
        ("10110123", "coupon_missing_2nd_purchase_gcp_vli"),
        ("101101237", "coupon_invalid_2nd_purchase_gcp_length"),
        ("2" + "11" + "4" + "123" + "9", None),
        ("2115", "coupon_invalid_3rd_purchase_requirement_code"),
        ("3270331", None),
        ("32703", "coupon_too_short_for_expiration_date"),
        ("3270332", "coupon_invalid_expiration_date"),
        ("4270300", "coupon_invalid_start_date"),
        ("3270331" + "4270331", None),
        ("3270331" + "4270401", "coupon_expiration_before_start"),
        ("3000101" + "4991231", None),  # over the turn of a century
        ("4270101" + "3270331", "coupon_excess_data"),  # fields have an order
        ("50123456", None),
        ("5012345", "coupon_truncated_serial_number"),
        ("61" + "1234567", None),
        ("60", "coupon_invalid_retailer_gcp_or_gln_length"),
        ("68", "coupon_invalid_retailer_gcp_or_gln_length"),
        ("9" + "0" + "1" + "7" + "1", None),
        ("93", "coupon_invalid_save_value_code"),
        ("903", "coupon_invalid_save_value_applies_to_item"),
        ("900", "coupon_missing_store_coupon_flag"),
        ("9000", "coupon_missing_dont_multiply_flag"),
        ("90002", "coupon_invalid_dont_multiply_flag"),
        ("1011012392110123932703314270101" + "50123456" + "611234567" + "90001", None),
        ("7", "coupon_excess_data"),
    ],
)
def test_optional_fields_of_a_coupon(fields: str, code: str | None) -> None:
    fault = lint("couponcode", COUPON + fields)
    assert (fault and fault.code) == code


def test_lists_have_their_size() -> None:
    assert (len(COUNTRIES), len(COUNTRY_NUMBERS)) == (249, 249)
    assert all(len(code) == 3 for code in COUNTRY_NUMBERS | CURRENCY_NUMBERS)
    assert {"PX", "CT", "BX"} < PACKAGE_TYPES


@given(st.sampled_from(sorted(LINTERS)), st.text(max_size=40))
def test_no_text_is_too_odd(name: str, text: str) -> None:
    fault = lint(name, text)
    assert fault is None or (fault.code and fault.expected and fault.got)
