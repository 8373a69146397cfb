// Pages: what members see. Plain values in, HTML out; nothing is asked of anybody here.
//
// The templates are parsed once, each with ctemplate's context-aware escaping switched on (ctemplate's manual,
// "Auto-Escaping"), so every value is escaped for the place it stands in. The two values put in as they are are
// UsersPage::profile_html and TriedProgram::html, which the sanitizer has rebuilt. test/pages/ checks both.
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

// While a login or registration waits for its turn.
struct WaitingPage {
  std::size_t before = 0;      // how many come before
  std::string_view next = {};  // the local URL to go to afterwards
};

// A program that was run for its owner's eyes.
struct TriedProgram {
  std::string_view notice = {};  // how it ended
  bool well = true;
  std::string_view html = {};           // cleaned by the sanitizer: put in as it is
  std::string_view errors = {};         // its traceback
  std::vector<std::string> hints = {};  // what the traceback and the denials mean
  std::vector<std::string> facts = {};  // "12 ms of processor time"
};

struct HomePage {
  std::string_view member = {};
  std::string_view warning = {}, notice = {};
  std::int64_t zoobars = 0;
  std::string_view profile_source = {};
  bool program = false;                 // the profile is a program
  std::uint32_t profile_limit = 65536;  // bytes
  std::vector<std::string_view> examples = {};
  bool delegates = false;  // the member's program may pay, within
  std::uint32_t per_hour = 0, per_recipient = 0;
  const TriedProgram* tried = nullptr;  // the text above was run just now
};

// What is kept for a member's own program, and what happened to it.
struct ProgramPage {
  struct File {
    std::string_view path = {};
    bool directory = false;
  };
  struct Denial {
    std::int64_t time_ms = 0;
    std::string_view visitor = {}, call = {};
    std::uint32_t count = 0;
  };
  std::string_view member = {};
  std::string_view notice = {};
  std::string_view state = {};  // a sentence: it runs, is slowed, is paused
  bool stopped = false;         // it does not run at the moment
  std::vector<File> files = {};
  std::uint64_t files_bytes = 0;
  std::vector<Denial> denials = {};            // newest first
  std::vector<std::string_view> dropped = {};  // files the last run left that are not kept, and why
  std::int64_t failed_ms = 0;                  // of the last failure while somebody else looked; 0: there was none
  std::string_view failed_visitor = {}, failure = {};
};

// For people who write programs. Its numbers are the limits that hold here.
struct ManualPage {
  std::string_view member = {};
  std::vector<std::string_view> examples = {};
  // Of a run.
  std::uint32_t timeout_ms = 0, memory_bytes = 0, output_bytes = 0, source_bytes = 0;
  std::uint32_t files_bytes = 0, files_inodes = 0;
  std::uint32_t denials = 0;  // before it is stopped
  // Of its calls.
  std::uint32_t api_calls = 0, patience = 0;  // calls refused past the first before it is stopped
  std::size_t request_bytes = 0, reply_bytes = 0, name_bytes = 0;
  std::uint32_t transfers = 0;  // that get_xfers gives
  std::uint32_t list_limit = 0;
  std::uint32_t ticket_seconds = 0;  // in which a visit's payments are made
  // Of what members open to each other.
  std::size_t names = 0, text_bytes = 0, visitors = 0, posts = 0, posts_of_author = 0;
  std::size_t shared_files = 0, shared_bytes = 0, path_bytes = 0;
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
  std::string_view profile_html = {};       // cleaned by the sanitizer: put in as it is
  std::string_view profile_source = {};     // of a program that is not run here
  bool own_program = false;                 // the member's own, and it is one
  std::string_view run_notice = {};         // of a program: why there is no output, or not all of it
  bool run_failed = false;                  // run_notice: by the program's own fault
  std::string_view run_errors = {};         // for its owner
  std::vector<std::string> run_hints = {};  // for its owner: what errors and denials mean
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
  std::string Render(const WaitingPage& page) const;
  std::string Render(const HomePage& page) const;
  std::string Render(const UsersPage& page) const;
  std::string Render(const TransferPage& page) const;
  std::string Render(const MembersPage& page) const;
  std::string Render(const JournalPage& page) const;
  std::string Render(const AccountPage& page) const;
  std::string Render(const ProgramPage& page) const;
  std::string Render(const ManualPage& page) const;
  std::string Render(const EchoPage& page) const;
  std::string Render(const MessagePage& page) const;

 private:
  class Sheet;  // a page being filled in
  class Templates;
  std::unique_ptr<Templates> templates_;
};

// What a denied system call means, in a sentence: "Programs may not open network connections."
std::string DescribeDenial(std::string_view call);
// What a traceback's last line means for a program in a sandbox; empty: it speaks for itself.
std::string_view ExplainError(std::string_view traceback);

// The text of an example program (profiles/); empty: there is none of this name.
std::string_view ExampleProgram(std::string_view name);
std::vector<std::string_view> ExamplePrograms();

// "22 Nov 2026, 15:52", UTC.
std::string ReadableTime(std::int64_t time_ms);

// A User-Agent in words a member recognises: "Firefox on Linux"; its first word if it is none we know.
std::string DescribeAgent(std::string_view user_agent);

}  // namespace zoobar
