#include "chaos/site/statements.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "ipc/try.h"
#include "journal/statement_text.h"
#include "live_site/eventually.h"

namespace zoobar::chaos {
namespace {

Entry EntryOf(const StatementEntry& from) {
  return {from.number(),  from.kind(),  from.sender_name(), from.recipient_name(),
          from.zoobars(), from.about(), from.note()};
}

auto Content(const Entry& entry) {
  return std::tie(entry.kind, entry.sender, entry.recipient, entry.zoobars, entry.about, entry.note);
}

}  // namespace

Result<std::vector<Entry>> StatementOf(Browser& browser) {
  std::vector<Entry> entries;
  for (std::uint64_t before = 0;;) {
    const std::string path = fmt::format("/zoobar/index.cgi/statement?format=json&before={}", before);
    Answer answer;
    if (!Eventually([&] { return (answer = browser.Get(path)).status == 200; }))
      return Error::Of("no statement: status {}", answer.status);
    TRY(const Statement statement, journal::ReadStatement(answer.body));
    if (statement.entries_size() == 0) return entries;
    for (const StatementEntry& entry : statement.entries()) entries.push_back(EntryOf(entry));
    before = statement.entries(0).number();
    if (statement.entries(0).ordinal() == 1) return entries;
  }
}

Result<std::vector<Entry>> Joined(const std::vector<std::vector<Entry>>& statements) {
  std::map<std::uint64_t, Entry> all;
  for (const std::vector<Entry>& statement : statements) {
    for (const Entry& entry : statement) {
      const auto [place, fresh] = all.emplace(entry.number, entry);
      if (!fresh && Content(place->second) != Content(entry))
        return Error::Of("two members have different entries {}", entry.number);
    }
  }
  std::vector<Entry> joined;
  for (auto& [number, entry] : all) joined.push_back(std::move(entry));
  return joined;
}

}  // namespace zoobar::chaos
