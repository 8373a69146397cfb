// Makes the HTML pages that members see, from plain values.
//
// The templates are parsed once, each with ctemplate's context-aware escaping switched on (ctemplate's manual,
// "Auto-Escaping"), so every value is escaped for its place in the page. Only two values are not escaped, because the
// sanitizer has rebuilt them: UsersPage::profile_html and TriedProgram::html. test/pages/ checks both rules.
//
// The texts to which the views in the structs point must live until Render returns. The returned HTML contains copies.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pages/tasks_page.h"

namespace zoobar {

struct LoginPage {
  std::string_view warning = {};  // empty: no warning
  std::string_view notice = {};
  std::string_view name = {};  // the name that the visitor typed
  bool registering = false;    // into the form for a registration; `warning` is about that form, too
  std::string_view next = {};  // the local URL to go to afterwards
  std::uint32_t min_password = 8;
  bool passkeys = false;  // the page's address takes passkeys
  // A profile that was sent without a session. The form carries it to the login if `carries`; else the page shows it, so
  // that the person can copy it. Empty: there is none.
  std::string_view text = {}, text_of = {};  // text_of: the name of the member who wrote it; empty: not known
  bool carries = false;
};

// Shown while a login or registration waits for its turn.
struct WaitingPage {
  std::size_t before = 0;      // how many other logins and registrations come before this one
  std::string_view next = {};  // the local URL to go to afterwards
};

// What a traceback says about the program itself (pages/traceback.cc). Its texts point into the traceback.
struct OwnLines {
  static constexpr std::size_t kMostFrames = 10;
  struct Frame {
    std::uint32_t line = 0;
    std::string_view text = {};  // what follows "line 3": ", in greet", and the line itself below it
  };
  std::vector<Frame> frames = {};  // as Python prints them: the innermost is the last
  std::string_view error = {};     // "ZeroDivisionError: division by zero"

  std::uint32_t innermost() const { return frames.empty() ? 0 : frames.back().line; }
};
// Finds the program's own lines in the last traceback of `errors`, at most kMostFrames of the innermost. Any text may be
// in `errors`. Without such lines the result is empty.
OwnLines OwnLinesOf(std::string_view errors);

// The line of the program at which a run failed. `line` 0: it is not known.
struct FailedAt {
  std::uint32_t line = 0;
  std::string_view error = {};
};

// What the owner of a program is told about one run.
struct RunReport {
  struct Piece {
    bool error = false;  // written to standard error
    std::string_view text = {};
  };
  // One thing that is limited: how much of it the run used.
  struct Use {
    std::string_view what = {};
    std::string used = {}, limit = {};
  };
  bool failed = false;                  // the run went wrong
  std::string_view why = {};            // why it was stopped; may have several lines
  std::string_view errors = {};         // what it wrote to standard error: the traceback
  std::vector<Piece> transcript = {};   // all that it wrote, in order; if set, `errors` is not shown
  std::vector<std::string> hints = {};  // explain the traceback, the blocked actions and what was removed
  bool beside_text = false;             // the page has the program in its editor: lines are links to it
  std::vector<Use> use = {};

  bool empty() const { return why.empty() && errors.empty() && transcript.empty() && hints.empty() && use.empty(); }
};

// The result of a preview: the member's program was run, and only the member sees its output.
struct TriedProgram {
  std::string_view notice = {};  // how the run ended
  bool well = true;
  std::string_view html = {};  // cleaned by the sanitizer, so not escaped
  RunReport report = {};
  FailedAt failed_at = {};
};

// The form in which members write their profile.
struct ProfileForm {
  std::string_view name = {};  // of the member who writes; the form sends it along
  std::string_view source = {};
  std::uint32_t limit = 65536;    // bytes
  bool unsaved = false;           // the text is not the saved profile
  std::string_view replace = {};  // an example that the member chose while the text was not saved; empty: none
  FailedAt failed_at = {};
};

// A text that was sent and could not be taken, in the form again.
struct KeptPage {
  std::string_view member = {};  // empty: nobody is logged in, or it is not known
  std::string_view heading = {};
  std::string_view warning = {}, notice = {};
  bool must_change = false;  // the member must choose a password first
  ProfileForm form = {};
};

struct HomePage {
  std::string_view member = {};
  std::string_view warning = {}, notice = {};
  std::int64_t zoobars = 0;
  std::string_view profile_source = {};
  bool program = false;                 // the profile is a program
  std::uint32_t profile_limit = 65536;  // bytes
  bool program_text = false;            // the text in the form is a program
  bool unsaved = false;                 // the text in the form is not the saved profile
  std::string_view replace = {};        // as in ProfileForm
  bool delegates = false;               // the member's program may pay, within the limits of the next line
  std::uint32_t per_hour = 0, per_recipient = 0;
  const TriedProgram* tried = nullptr;  // the preview of profile_source; null: the member asked for no preview
};

// The log of a member's own program, and the files that the site keeps for the program.
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
  std::string_view state = {};     // a sentence that says whether the program runs, is slowed or is paused
  bool stopped = false;            // the program does not run at the moment
  std::string_view previews = {};  // a sentence that says that previews are slowed or paused; empty: they are not
  std::vector<RunReport::Use> last_run = {};  // of the last run; empty: not known
  std::vector<File> files = {};
  std::uint64_t files_bytes = 0;
  std::vector<Denial> denials = {};            // newest first
  std::vector<std::string_view> dropped = {};  // files of the last run that were not kept, with the reason
  std::int64_t failed_ms = 0;                  // time of the last error while another member visited; 0: no error
  std::string_view failed_visitor = {}, failure = {};
};

// The manual for authors of programs. Its numbers are the limits of this site.
struct ManualPage {
  std::string_view member = {};
  std::vector<std::string_view> examples = {};
  // Limits of a run.
  std::uint32_t timeout_ms = 0, memory_bytes = 0, output_bytes = 0, source_bytes = 0;
  std::uint32_t files_bytes = 0, files_inodes = 0;
  std::uint32_t denials = 0;  // how many blocked actions end the run
  // Limits of the program's calls of the API.
  std::uint32_t api_calls = 0, patience = 0;  // patience: how many calls after api_calls end the run
  std::size_t request_bytes = 0, reply_bytes = 0, name_bytes = 0;
  std::uint32_t transfers = 0;  // how many transfers get_xfers returns
  std::uint32_t list_limit = 0;
  std::uint32_t ticket_seconds = 0;  // how long after the beginning of a visit the program may pay
  // Limits of the lists, posts and files that members share through their programs.
  std::size_t names = 0, text_bytes = 0, visitors = 0, posts = 0, posts_of_author = 0;
  std::size_t shared_files = 0, shared_bytes = 0, path_bytes = 0;
  std::string packages = {};  // the modules besides the standard library, as in "numpy, PIL"; empty: none
};

// A row of a table of transfers.
struct LogRow {
  std::int64_t time_ms = 0;      // since 1970, shown in UTC
  std::string_view sender = {};  // empty: the bank opened the account
  std::string_view recipient = {};
  std::int64_t zoobars = 0;
  // Of an entry that is no transfer.
  std::string about = {};      // what it is: "offer 15 accepted"; empty: a transfer
  std::string_view note = {};  // what its sender, or the operator, has written
  std::int64_t change = 0;     // of the balance of the member whose table this is
  std::int64_t balance = 0;    // the same balance afterwards
};
struct LogTable {
  std::vector<LogRow> rows = {};  // newest first
  std::uint64_t older = 0;        // the next table shows the rows before this number; 0: there are no older rows
  bool newest = true;             // the first row is the newest of all
  bool own = false;               // the reader's own: rows say by how much the balance changed, and what it was then
};

struct UsersPage {
  enum class Profile { kEmpty, kHtml, kProgram };

  std::string_view member = {};
  std::string_view asked = {};  // the name that was typed; empty: the page is only the search form
  std::string_view name = {};   // the member who was found; empty: there is no member with that name
  std::int64_t zoobars = 0;
  Profile profile = Profile::kEmpty;
  std::string_view profile_html = {};    // cleaned by the sanitizer, so not escaped
  std::string_view profile_source = {};  // the source of a program that is not run on this page
  bool own_program = false;              // the page is the member's own, and their profile is a program
  std::string_view run_notice = {};      // why the program's output is missing or incomplete
  bool run_failed = false;               // the program itself caused what run_notice says
  RunReport run_report = {};             // set only for the program's owner
  LogTable log = {};
};

struct TransferPage {
  enum class Outcome { kNone, kSent, kFailed, kUnknown };

  std::string_view member = {};
  std::optional<std::int64_t> zoobars = {};      // nullopt: the balance is not known at the moment
  std::string_view recipient = {}, amount = {};  // the contents of the form's fields
  std::string_view submission = {};              // number of the form; a form that is sent twice pays only once
  std::string_view warning = {};
  Outcome outcome = Outcome::kNone;
  std::string_view to = {};  // the recipient of the transfer that the member has just asked for
  std::int64_t sent = 0;
  bool repeated = false;         // with kSent: the same form was sent before
  std::string_view reason = {};  // with kFailed: why the transfer failed
  // The member is asked whether to send this to `to`. The form is not shown then.
  struct Asked {
    std::int64_t zoobars = 0, left = 0;  // left: the member's balance afterwards
  };
  std::optional<Asked> confirm = {};
};

// The open offers of a member, and the form for another one.
struct OffersPage {
  // What became of the offer that the member has just asked to make, or to end.
  enum class Outcome { kNone, kOffered, kAccepted, kDeclined, kWithdrawn, kNotOffered, kNotEnded, kUnknown };
  struct Offer {
    std::uint64_t number = 0;
    bool made = false;  // by the member; false: the member got it
    std::string_view other = {};
    std::int64_t zoobars = 0;
    std::string_view note = {};
    std::int64_t time_ms = 0, expires_ms = 0;
  };

  std::string_view member = {};
  std::optional<std::int64_t> zoobars = {};  // nullopt: the balance is not known at the moment
  // The contents of the form's fields.
  std::string_view recipient = {}, amount = {}, days = "7", note = {};
  std::string_view submission = {};  // number of the form; a form that is sent twice makes one offer
  std::uint32_t most_days = 30, most_note = 200;
  Outcome outcome = Outcome::kNone;
  std::string_view other = {};                    // the other member of that offer; empty: not known
  std::int64_t moved = 0;                         // the zoobars of that offer
  bool repeated = false;                          // with kOffered: the same form was sent before
  std::string_view reason = {};                   // with kNotOffered and kNotEnded: why
  std::optional<std::vector<Offer>> offers = {};  // newest first; nullopt: they are not known at the moment
};

struct MembersPage {
  struct Row {
    std::string_view name = {};
    std::int64_t zoobars = 0;
    bool known = true;  // false: the bank has no account for this member yet
  };
  std::string_view member = {};
  std::string_view prefix = {};  // the beginning of the names searched for; empty: all members are listed
  std::vector<Row> rows = {};
  std::string_view next_after = {};  // the next page starts after this name; empty: there is no next page
  bool first = true;                 // this is the first page
};

struct JournalPage {
  std::string_view member = {};
  std::int64_t zoobars = 0;
  LogTable log = {};
};

struct StatementPage {
  std::string_view member = {};
  std::string_view key = {};  // the public key of the journal
  std::uint64_t size = 0;     // of the signed journal
  std::int64_t signed_ms = 0;
  std::uint32_t most = 0;    // entries in one file
  std::uint64_t before = 0;  // the files have only entries below this number; 0: from the newest
  std::uint64_t older = 0;   // there are more entries below this number; 0: none
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
  struct Passkey {
    std::string id = {};  // hexadecimal
    std::string_view label = {};
    std::int64_t created_ms = 0, used_ms = 0;  // used_ms 0: never
  };
  std::vector<Passkey> passkeys = {};
  bool passkeys_here = false;         // the page's address takes passkeys
  std::string_view passkeys_at = {};  // else: an address of this site that takes them; empty: there is none
};

// The form for a new password alone. The account page has the same form.
struct PasswordPage {
  std::string_view member = {};
  std::string_view warning = {};
  bool one_time = false;  // the present password is a one-time password, which the member must change
  std::uint32_t min_password = 8;
};

// The form with which members close their accounts.
struct ClosePage {
  std::string_view member = {};
  std::string_view warning = {};
};

struct EchoPage {
  std::string_view member = {};  // empty: nobody is logged in
  std::string_view said = {};
  std::string_view answer = {};
};

// A page that is only a message, mostly an error.
struct MessagePage {
  std::string_view member = {};
  unsigned status = 404;
  std::string_view heading = {};  // "Not found"
  std::string_view text = {};     // one or two sentences
  std::string_view request = {};  // the id by which the operator finds the request in the logs; empty: not shown
};

class Pages {
 public:
  // Parses the templates. Ends the process if a template does not parse; the tests would find such a template first.
  Pages();
  ~Pages();

  std::string Render(const LoginPage& page) const;
  std::string Render(const WaitingPage& page) const;
  std::string Render(const HomePage& page) const;
  std::string Render(const KeptPage& page) const;
  std::string Render(const UsersPage& page) const;
  std::string Render(const TransferPage& page) const;
  std::string Render(const OffersPage& page) const;
  std::string Render(const MembersPage& page) const;
  std::string Render(const JournalPage& page) const;
  std::string Render(const StatementPage& page) const;
  std::string Render(const AccountPage& page) const;
  std::string Render(const PasswordPage& page) const;
  std::string Render(const ClosePage& page) const;
  std::string Render(const ProgramPage& page) const;
  std::string Render(const ManualPage& page) const;
  std::string Render(const EchoPage& page) const;
  std::string Render(const MessagePage& page) const;
  std::string Render(const TasksPage& page) const;

  // Whether the navigation leads to the tasks. At first it does not.
  void OfferTasks(bool offered) { tasks_ = offered; }

  // Whether the pages with a ProfileForm load the script of the editor. If not, they load no script.
  static bool HaveEditor();

 private:
  class Sheet;  // a page while its values are being filled in
  class Templates;
  std::unique_ptr<Templates> templates_;
  bool tasks_ = false;
};

// Explains a blocked system call in a sentence, for example "Programs may not open network connections."
std::string DescribeDenial(std::string_view call);
// Explains the last line of a traceback to the author of a program in a sandbox. files: the program's files, for a file
// that does not exist; null: they are not known. Returns an empty text if there is no explanation.
std::string ExplainError(std::string_view traceback, const std::vector<std::string>* files = nullptr);

// Returns the source of an example program (profiles/), or an empty text if there is no example of this name.
std::string_view ExampleProgram(std::string_view name);
std::vector<std::string_view> ExamplePrograms();

// Formats a time in milliseconds since 1970 in UTC, for example "22 Nov 2026, 15:52".
std::string ReadableTime(std::int64_t time_ms);

// Names the browser and the system of a User-Agent, for example "Firefox on Linux". If the browser is unknown, returns
// the first word of the User-Agent.
std::string DescribeAgent(std::string_view user_agent);

}  // namespace zoobar
