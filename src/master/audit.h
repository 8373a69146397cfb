// The master's part in the sealed logs (src/audit): it hands the keys to logger, and keeps a note of where the logs end.
//
// As root it derives the key of this start, writes the start down, and forgets the secret. Later it has only the keys of
// epochs that have not begun. It reads only the last line of a log, and takes only the fixed form of a record's end from
// it, because logger wrote it.
#pragma once

#include <map>
#include <string>

#include "audit/keys.h"
#include "audit/note.h"
#include "config.pb.h"
#include "ipc/fd.h"
#include "ipc/log.h"
#include "ipc/result.h"
#include "master.pb.h"

namespace zoobar {

// What only root can prepare.
struct AuditGround {
  std::uint64_t start = 0;                                    // the number of this start
  std::map<std::string, audit::EpochKeys, std::less<>> keys;  // by the log's name
  audit::Note note;
  Fd note_file;          // STATE/audit/note, for reading and writing
  Fd flushed_note_file;  // the same; what is written is on the disk when the call returns
};

// Creates STATE/audit at the first start. Writes this start down and flushes it to the disk before it returns, so that no
// two starts have the same number and keys. directory: a descriptor of the log folder.
Result<AuditGround> PrepareAudit(const std::string& state_dir, int directory);

class AuditKeeper {
 public:
  // directory: a descriptor of the log folder. The caller keeps it open for as long as this object lives.
  AuditKeeper(AuditGround ground, int directory, Log& log);

  // Adds the keys of new epochs to the Start message of a new logger process. The caller wipes them after it has sent
  // the message.
  void BeginEpochs(zoobar::Start& start);
  // Notes where the logs end now.
  void NoteEnds();
  // Rotation is about to delete the oldest file of a log. `oldest` will be the oldest one. The note is on the disk when
  // this returns: if the deletion outlived it, the deleted records would seem to be removed by somebody.
  void NoteDeletion(std::string_view log, const std::string& oldest);

 private:
  void WriteNote(const Fd& file);

  AuditGround ground_;
  const int directory_;
  Log& log_;
  bool told_ = false;  // that the note cannot be written
};

}  // namespace zoobar
