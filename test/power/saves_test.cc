// profile: 50 saves. A profile is the new one or the one before, never a part of one.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "power/cuts.h"
#include "roles/profile.h"
#include "roles/profile/fixture.h"
#include "site/fake_site.h"
#include "site/ticket.h"
#include "store/profiles.h"
#include "store/scratch.h"

namespace zoobar::power {
namespace {

constexpr std::size_t kSaves = 50, kWriters = 3;

std::string WriterName(std::size_t save) { return fmt::format("writer {}", save % kWriters); }

// Texts of very different sizes, some of many pages. Each fifth one is a program, each seventh removes the profile.
std::string TextOfSave(std::size_t save) {
  if (save % 7 == 6) return "";
  const std::string begin = save % 5 == 4 ? "#!python\n" : "<p>";
  return begin + fmt::format("text {} ", save) + std::string((save * 977) % 20'000, static_cast<char>('a' + save % 26));
}

Config::Store SaveSizes() {
  Config::Store sizes;
  sizes.set_map_bytes(256 << 10);
  sizes.set_max_map_bytes(16 << 20);
  return sizes;
}

void DoSaves(Recording& recording) {
  const FastFolder folder;
  std::filesystem::create_directory(folder.path() + "/profile");
  const Bytes key(kTicketKeySize, 'p');
  FakeSanitizer sanitizer;
  SeedRandomNumbers();
  Recorder recorder(folder.path());
  {
    FakeSite site;
    site.ticket_keys[ROLE_PROFILE] = key;
    *site.settings.mutable_store() = SaveSizes();
    site.settings.mutable_profile()->set_max_source_bytes(1 << 20);
    Profile::Options options;
    options.folder = folder.path() + "/profile";
    options.clock = [] { return kProfileNow; };
    options.allow_list_version = sanitizer.version;
    const auto profile = std::make_unique<Profile>(site, options);
    site.Connect(ROLE_PROFILE, ROLE_SANITIZER, sanitizer.service);
    const std::shared_ptr<Channel> app = site.CallAs(ROLE_APP, ROLE_PROFILE);
    for (std::size_t save = 0; save < kSaves; ++save) {
      TicketBody body;
      body.set_member(Member(WriterName(save)));
      body.set_name(WriterName(save));
      body.set_audience(ROLE_PROFILE);
      body.set_method(std::string(kSaveProfileMethod));
      body.set_digest(SaveProfileDigest(TextHash(TextOfSave(save))));
      body.set_id(ActId("", ""));
      body.set_expires_ms(kProfileNow + kTicketLifetimeMs);
      SaveRequest request;
      *request.mutable_ticket() = MakeTicket(key, body);
      request.set_text(TextOfSave(save));
      recorder.Mark(Mark::kBegun, save);
      const auto reply = site.Wait(app->Call<SaveReply>(std::move(request)));
      ASSERT_TRUE(reply.ok());
      ASSERT_EQ(reply->message.outcome(), SaveReply::OUTCOME_SAVED) << save;
      recorder.Mark(Mark::kAcknowledged, save);
    }
  }
  recording = recorder.Stop();
}

// What the writer may have: the last answered save, or one that had begun after it.
bool MayHave(const Seen& seen, std::size_t writer, const std::string& text) {
  bool may = true;  // nothing was saved yet
  std::string answered;
  for (std::size_t save = writer; save < kSaves; save += kWriters) {
    if (seen.Acknowledged(save)) answered = TextOfSave(save);
  }
  may = text == answered;
  for (std::size_t save = writer; save < kSaves; save += kWriters) {
    if (seen.Begun(save) && !seen.Acknowledged(save)) may = may || text == TextOfSave(save);
  }
  return may;
}

std::string WrongProfiles(const std::string& folder, const Seen& seen) {
  Loop loop;
  const auto profiles = Profiles::Open(loop, folder + "/profile", SaveSizes());
  if (!profiles.ok()) return profiles.error().text;
  for (std::size_t writer = 0; writer < kWriters; ++writer) {
    const auto profile = (*profiles)->Get(Member(WriterName(writer)));
    if (!profile.ok()) return profile.error().text;
    const std::string text = *profile ? (*profile)->text() : "";
    if (!MayHave(seen, writer, text))
      return fmt::format("{} has a text that is neither the saved one nor the new one: {} ...", WriterName(writer),
                         text.substr(0, 20));
    if (*profile && !(*profile)->html().empty() && (*profile)->html().find(text) == std::string::npos)
      return WriterName(writer) + " has the cleaned HTML of another text";
  }
  StoredProfile fresh;
  fresh.set_text("after the cut");
  const Status saved = WaitFor(loop, (*profiles)->Save(Member("writer 0"), fresh));
  if (!saved.ok()) return saved.error().text;
  const auto profile = (*profiles)->Get(Member("writer 0"));
  return profile.ok() && *profile && (*profile)->text() == fresh.text() ? "" : "a new save is lost";
}

TEST(PowerCuts, AProfileIsTheSavedOneOrTheNewOne) {
  Recording recording;
  DoSaves(recording);
  ExpectAllOpen(recording, {.work = "saves"}, WrongProfiles);
}

}  // namespace
}  // namespace zoobar::power
