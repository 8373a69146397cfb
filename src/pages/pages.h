// Pages: what members see. Plain values in, HTML out; nothing is asked of anybody here.
//
// The templates are parsed once, each with ctemplate's context-aware escaping switched on (ctemplate's manual,
// "Auto-Escaping"), so every value is escaped for the place it stands in. The one value put in as it is is
// UsersPage::profile_html, which the sanitizer has rebuilt. test/pages/ checks both.
//
// The views inside the structs must live until the call returns; the HTML holds copies.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zoobar {

struct LoginPage {
  std::string_view warning = {};  // empty: none
  std::string_view notice = {};
  std::string_view name = {};  // what was typed
  std::string_view next = {};  // the local URL to go to afterwards
  std::uint32_t min_password = 8;
};

struct HomePage {
  std::string_view member = {};
  std::string_view warning = {}, notice = {};
  std::int64_t zoobars = 0;
  std::string_view profile_source = {};
  bool program = false;                 // the profile is a program
  std::uint32_t profile_limit = 65536;  // bytes
};

// A row of a table of transfers.
struct LogRow {
  std::int64_t time_ms = 0;      // since 1970, shown in UTC
  std::string_view sender = {};  // empty: the bank opened the account
  std::string_view recipient = {};
  std::int64_t zoobars = 0;
};
struct LogTable {
  std::vector<LogRow> rows = {};  // newest first
  std::uint64_t older = 0;        // number to ask for older ones before; 0: there are none
  bool newest = true;             // the table starts with the newest
};

struct UsersPage {
  enum class Profile { kEmpty, kHtml, kProgram };

  std::string_view member = {};
  std::string_view asked = {};  // what was typed; empty: only the search form is shown
  std::string_view name = {};   // whose page; empty: nobody has the name asked for
  std::int64_t zoobars = 0;
  Profile profile = Profile::kEmpty;
  std::string_view profile_html = {};    // cleaned by the sanitizer: put in as it is
  std::string_view profile_source = {};  // of a program
  LogTable log = {};
};

struct TransferPage {
  enum class Outcome { kNone, kSent, kFailed, kUnknown };

  std::string_view member = {};
  std::optional<std::int64_t> zoobars = {};      // nothing: not known at the moment
  std::string_view recipient = {}, amount = {};  // what stands in the form
  std::string_view submission = {};              // the form's own number: a second submit of the same one pays nothing
  std::string_view warning = {};
  Outcome outcome = Outcome::kNone;
  std::string_view to = {};  // of the transfer just asked for
  std::int64_t sent = 0;
  bool repeated = false;         // kSent: it had been sent before
  std::string_view reason = {};  // kFailed
};

struct MembersPage {
  struct Row {
    std::string_view name = {};
    std::int64_t zoobars = 0;
    bool known = true;  // false: the bank has no account of theirs yet
  };
  std::string_view member = {};
  std::string_view prefix = {};  // searched for; empty: all
  std::vector<Row> rows = {};
  std::string_view next_after = {};  // the next page starts after this name; empty: there is none
  bool first = true;                 // this is the first page
};

struct JournalPage {
  std::string_view member = {};
  std::int64_t zoobars = 0;
  LogTable log = {};
};

struct AccountPage {
  struct Session {
    std::string id = {};  // hexadecimal
    std::string_view address = {}, agent = {};
    std::int64_t created_ms = 0, used_ms = 0;
    bool current = false;
  };
  std::string_view member = {};
  std::string_view warning = {}, notice = {};
  std::vector<Session> sessions = {};
  std::uint32_t min_password = 8;
};

struct EchoPage {
  std::string_view member = {};  // empty: nobody is logged in
  std::string_view said = {};
  std::string_view answer = {};
};

// A page that only says something: an error, mostly.
struct MessagePage {
  std::string_view member = {};
  unsigned status = 404;
  std::string_view heading = {};  // "Not found"
  std::string_view text = {};     // one or two sentences
};

class Pages {
 public:
  // Parses the templates; dies if one does not parse (a bug the tests would have found).
  Pages();
  ~Pages();

  std::string Render(const LoginPage& page) const;
  std::string Render(const HomePage& page) const;
  std::string Render(const UsersPage& page) const;
  std::string Render(const TransferPage& page) const;
  std::string Render(const MembersPage& page) const;
  std::string Render(const JournalPage& page) const;
  std::string Render(const AccountPage& page) const;
  std::string Render(const EchoPage& page) const;
  std::string Render(const MessagePage& page) const;

 private:
  class Sheet;  // a page being filled in
  class Templates;
  std::unique_ptr<Templates> templates_;
};

// "22 Nov 2026, 15:52" and "2026-11-22T15:52:30Z", both UTC.
std::string ReadableTime(std::int64_t time_ms);
std::string IsoTime(std::int64_t time_ms);

// A User-Agent in words a member recognises: "Firefox on Linux"; its first word if it is none we know.
std::string DescribeAgent(std::string_view user_agent);

}  // namespace zoobar
