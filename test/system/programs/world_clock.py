#!python
# Shows one moment in many time zones, across a change to summer time.
#
# Shows: Tokyo 2026-03-29 10:30 JST
# Shows: New York 2026-03-28 21:30 EDT
# Shows: Berlin 2026-03-29 03:30 CEST
# Shows: Berlin one hour before 2026-03-29 01:30 CET
# Shows: Kathmandu +0545
# Shows: There is no zone Mars/Base
# Shows: More than 400 zones: True
import zoneinfo
from datetime import datetime, timedelta, timezone

moment = datetime(2026, 3, 29, 1, 30, tzinfo=timezone.utc)
for place, name in {"Tokyo": "Asia/Tokyo", "New York": "America/New_York", "Berlin": "Europe/Berlin"}.items():
    print(f"<p>{place} {moment.astimezone(zoneinfo.ZoneInfo(name)):%Y-%m-%d %H:%M %Z}</p>")
before = (moment - timedelta(hours=1)).astimezone(zoneinfo.ZoneInfo("Europe/Berlin"))
print(f"<p>Berlin one hour before {before:%Y-%m-%d %H:%M %Z}</p>")
print(f"<p>Kathmandu {moment.astimezone(zoneinfo.ZoneInfo('Asia/Kathmandu')):%z}</p>")
try:
    zoneinfo.ZoneInfo("Mars/Base")
except zoneinfo.ZoneInfoNotFoundError:
    print("<p>There is no zone Mars/Base</p>")
print("<p>More than 400 zones:", len(zoneinfo.available_timezones()) > 400, "</p>")
