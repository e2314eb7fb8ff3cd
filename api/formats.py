"""Error rates as JSON, CSV or Parquet, as the ``Accept`` header asks."""

import csv
import io
from collections.abc import Iterator

import msgspec

from api.models import ErrorRates
from api.queries.rates import WHOLE_NUMBERS

JSON = "application/json"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"

_KNOWN = {
    JSON: JSON,
    "application/*": JSON,
    "*/*": JSON,
    CSV: CSV,
    "text/*": CSV,
    PARQUET: PARQUET,
    "application/x-parquet": PARQUET,
    "application/parquet": PARQUET,
}

Row = tuple[str | int | float | None, ...]


def accepted_format(accept: str) -> str:
    """The media type to answer with: the known one of the highest quality, the first of equals, JSON if none is known."""
    best, best_quality = JSON, 0.0
    for entry in accept.split(","):
        media_type, *parameters = (part.strip() for part in entry.split(";"))
        known = _KNOWN.get(media_type.lower())
        quality = _quality(parameters)
        if known and quality > best_quality:
            best, best_quality = known, quality
    return best


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def encode_rates(rates: ErrorRates, group_by: list[str], media_type: str) -> bytes:
    """Error rates in a format of ``accepted_format``. Tables have a row a point: the facets, unix_s, the measure,
    rate_per_min, and where it was asked for, the measure of the period before."""
    if media_type == CSV:
        return _csv(rates, group_by)
    if media_type == PARQUET:
        return _parquet(rates, group_by)
    return msgspec.json.encode(rates)


def _rows(rates: ErrorRates, group_by: list[str]) -> Iterator[Row]:
    for series in rates.series:
        key = tuple(series.by[name] for name in group_by)
        if series.previous is msgspec.UNSET:
            yield from (key + point for point in series.points)
        else:
            for point, previous in zip(series.points, series.previous, strict=True):
                yield (*key, *point, previous[1])


def _columns(rates: ErrorRates, group_by: list[str]) -> list[str]:
    compared = any(series.previous is not msgspec.UNSET for series in rates.series)
    return [*group_by, "unix_s", rates.measure, "rate_per_min", *(["previous"] if compared else [])]


def _csv(rates: ErrorRates, group_by: list[str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_columns(rates, group_by))
    writer.writerows(_rows(rates, group_by))
    return text.getvalue().encode()


def _parquet(rates: ErrorRates, group_by: list[str]) -> bytes:
    # Imported at the first use: it takes tens of megabytes, and few ask for Parquet.
    import pyarrow
    import pyarrow.parquet

    of_measure = pyarrow.int64() if rates.measure in WHOLE_NUMBERS else pyarrow.float64()
    kinds = {"unix_s": pyarrow.int64(), "rate_per_min": pyarrow.float64()}
    kinds |= {rates.measure: of_measure, "previous": of_measure} | dict.fromkeys(group_by, pyarrow.string())
    fields = [(name, kinds[name]) for name in _columns(rates, group_by)]
    columns = list(zip(*_rows(rates, group_by), strict=True)) or [()] * len(fields)
    arrays = [pyarrow.array(column, type=kind) for column, (_, kind) in zip(columns, fields, strict=True)]
    table = pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(fields))
    sink = io.BytesIO()
    pyarrow.parquet.write_table(table, sink)
    return sink.getvalue()
