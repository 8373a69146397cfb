#include "text/calendar.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace zoobar {
namespace {

TEST(Calendar, WritesMomentsOfUtc) {
  EXPECT_EQ(IsoTime(1795362750000), "2026-11-22T15:52:30Z");
  EXPECT_EQ(IsoTime(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(IsoTimeMillis(1709210096789), "2024-02-29T12:34:56.789Z");
}

TEST(Calendar, RoundsDownBefore1970AndAtTheEndOfADay) {
  EXPECT_EQ(IsoTime(-1), "1969-12-31T23:59:59Z");
  EXPECT_EQ(IsoTimeMillis(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(IsoTime(1709164799999), "2024-02-28T23:59:59Z");
  EXPECT_EQ(IsoTime(1709164800000), "2024-02-29T00:00:00Z");
}

TEST(Calendar, KeepsToTheYearsOfFourDigits) {
  EXPECT_EQ(IsoTimeMillis(-62'167'219'200'000), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(IsoTimeMillis(253'402'300'799'999), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(IsoTime(std::numeric_limits<std::int64_t>::min()), "0000-01-01T00:00:00Z");
  EXPECT_EQ(IsoTime(std::numeric_limits<std::int64_t>::max()), "9999-12-31T23:59:59Z");
  EXPECT_EQ(IsoTimeOfSeconds(1'795'362'750), "2026-11-22T15:52:30Z");
  EXPECT_EQ(IsoTimeOfSeconds(std::numeric_limits<std::int64_t>::min()), "0000-01-01T00:00:00Z");
  EXPECT_EQ(IsoTimeOfSeconds(std::numeric_limits<std::int64_t>::max()), "9999-12-31T23:59:59Z");
}

TEST(Calendar, KnowsTheNamesOfMonthsAndDays) {
  const UtcTime leap_day(1709210096789);
  EXPECT_EQ(leap_day.weekday, "Thu");
  EXPECT_EQ(leap_day.month_name, "Feb");
  EXPECT_EQ(MonthNamed("Jan"), 1u);
  EXPECT_EQ(MonthNamed("Dec"), 12u);
  EXPECT_EQ(MonthNamed("anF"), 0u);
  EXPECT_EQ(MonthNamed(""), 0u);
}

}  // namespace
}  // namespace zoobar
