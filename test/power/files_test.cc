// Files that are written once or replaced as a whole: secrets and keys, certificates, lists of passwords, backups.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "backup/file_writer.h"
#include "backup/keys.h"
#include "backup/make.h"
#include "master/whole_file.h"
#include "operator/certificate_files.h"
#include "operator/new_file.h"
#include "power/cuts.h"

namespace zoobar::power {
namespace {

constexpr std::int64_t kBackupMs = 1'764'000'000'000, kDayMs = 86'400'000;

std::string ContentAt(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Records what `work` does in an empty folder.
template <typename Work>
Recording Recorded(Work work) {
  const FastFolder folder;
  SeedRandomNumbers();
  Recorder recorder(folder.path());
  work(folder.path(), recorder);
  return recorder.Stop();
}

std::string Version(std::size_t number) { return std::string(300 + 2500 * number, static_cast<char>('a' + number)); }

TEST(PowerCuts, AWholeFileIsTheOldOneOrTheNewOne) {
  constexpr std::size_t kVersions = 4;
  const Recording recording = Recorded([](const std::string& folder, Recorder& recorder) {
    for (std::size_t i = 0; i < kVersions; ++i) {
      recorder.Mark(Mark::kBegun, i);
      ASSERT_TRUE(WriteWhole(folder + "/secret", Version(i)).ok());
      recorder.Mark(Mark::kAcknowledged, i);
    }
  });
  const auto check = [](const std::string& folder, const Seen& seen) -> std::string {
    const bool there = std::filesystem::exists(folder + "/secret");
    const std::string content = ContentAt(folder + "/secret");
    bool right = !there && seen.acknowledged.empty();
    for (std::size_t i = 0; i < kVersions; ++i)
      right = right || (there && content == Version(i) && seen.Begun(i) && !seen.Acknowledged(i + 1));
    if (!right) return there ? fmt::format("the file has {} bytes", content.size()) : "the file is lost";
    if (!WriteWhole(folder + "/secret", "after").ok() || ContentAt(folder + "/secret") != "after")
      return "it cannot be replaced any more";
    return "";
  };
  ExpectAllOpen(recording, {.work = "whole-file"}, check);
  ExpectSomeWrong(recording, {.work = "whole-file-unnamed", .promises = {.folders = false}}, check);
  ExpectSomeWrong(recording, {.work = "whole-file-unwritten", .promises = {.files = false}}, check);
}

TEST(PowerCuts, WhatCtlWroteToANewFileIsThere) {
  constexpr std::size_t kParts = 3;
  const Recording recording = Recorded([](const std::string& folder, Recorder& recorder) {
    const std::string path = folder + "/passwords.csv";
    const auto file = NewFile(path);
    ASSERT_TRUE(file.ok());
    for (std::size_t i = 0; i < kParts; ++i) {
      ASSERT_TRUE(WriteTo(*file, path, Version(i)).ok());
      recorder.Mark(Mark::kAcknowledged, i);
    }
  });
  const auto check = [](const std::string& folder, const Seen& seen) -> std::string {
    std::string promised;
    for (const std::size_t i : seen.acknowledged) promised += Version(i);
    return ContentAt(folder + "/passwords.csv").starts_with(promised) ? "" : "a part that was written is lost";
  };
  ExpectAllOpen(recording, {.work = "new-file"}, check);
  ExpectSomeWrong(recording, {.work = "new-file-unnamed", .promises = {.folders = false}}, check);
}

TEST(PowerCuts, CertificatesAndBackupKeysAreThere) {
  const CertificateFiles files{"chain", ToBytes("key")};
  const Recording recording = Recorded([&files](const std::string& folder, Recorder& recorder) {
    ASSERT_TRUE(WriteCertificateFiles(folder + "/tls", files).ok());
    recorder.Mark(Mark::kAcknowledged, 0);
    ASSERT_TRUE(backup::MakeKeys(folder + "/backup.key").ok());
    recorder.Mark(Mark::kAcknowledged, 1);
  });
  const auto check = [&files](const std::string& folder, const Seen& seen) -> std::string {
    if (seen.Acknowledged(0) && (ContentAt(folder + "/tls/fullchain.pem") != files.chain ||
                                 ContentAt(folder + "/tls/privkey.pem") != View(files.key))) {
      return "a certificate is lost";
    }
    if (seen.Acknowledged(1) && (!backup::ReadSecretKey(folder + "/backup.key").ok() ||
                                 !backup::ReadPublicKey(folder + "/backup.key.pub").ok())) {
      return "the keys of the backups are lost";
    }
    return "";
  };
  ExpectAllOpen(recording, {.work = "key-files"}, check);
  ExpectSomeWrong(recording, {.work = "key-files-unnamed", .promises = {.folders = false}}, check);
}

// The content of a backup does not matter here: it is the same before and after, or nothing has the name.
Status WriteBackup(const std::string& folder, std::size_t number, std::size_t keep) {
  auto target = backup::Target::Open(folder, kBackupMs + static_cast<std::int64_t>(number) * kDayMs);
  if (!target.ok()) return target.error();
  backup::FileWriter writer((*target)->TakeFile(), {});
  Status done = writer.Begin();
  for (std::size_t i = 0; done.ok() && i < 20; ++i) done = writer.Add('E', Version(number));
  if (done.ok()) done = writer.End();
  if (done.ok()) done = (*target)->Keep();
  if (done.ok()) done = (*target)->DeleteOlder(keep);
  return done;
}

TEST(PowerCuts, ABackupIsWholeAndTheLastOneStays) {
  constexpr std::size_t kBackups = 4;
  std::vector<std::string> whole;
  for (std::size_t i = 0; i < kBackups; ++i) {
    const FastFolder folder;
    ASSERT_TRUE(WriteBackup(folder.path(), i, 0).ok());
    whole.push_back(ContentAt(std::filesystem::directory_iterator(folder.path())->path()));
  }
  const Recording recording = Recorded([](const std::string& folder, Recorder& recorder) {
    for (std::size_t i = 0; i < kBackups; ++i) {
      recorder.Mark(Mark::kBegun, i);
      ASSERT_TRUE(WriteBackup(folder, i, 2).ok());
      recorder.Mark(Mark::kAcknowledged, i);
    }
  });
  const auto check = [&](const std::string& folder, const Seen& seen) -> std::string {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().filename();
      if (name.starts_with('.')) continue;
      names.push_back(name);
      if (std::ranges::find(whole, ContentAt(entry.path())) == whole.end()) return name + " is not whole";
    }
    std::ranges::sort(names);
    if (!seen.acknowledged.empty()) {
      const std::size_t last = *seen.acknowledged.rbegin();
      const bool there = std::ranges::any_of(
          names, [&](const std::string& name) { return ContentAt(folder + "/" + name) == whole[last]; });
      if (!there) return fmt::format("backup {} was reported and is lost", last);
      if (names.size() < std::min<std::size_t>(last + 1, 2)) return "an older backup is lost too";
    }
    if (!WriteBackup(folder, kBackups, 1).ok()) return "no backup can be made any more";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().filename().string().starts_with('.')) return "what the cut has left is not removed";
    }
    return "";
  };
  ExpectAllOpen(recording, {.work = "backups"}, check);
  ExpectSomeWrong(recording, {.work = "backups-unnamed", .promises = {.folders = false}}, check);
}

}  // namespace
}  // namespace zoobar::power
