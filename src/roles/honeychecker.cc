#include "roles/honeychecker.h"

#include "ipc/bytes.h"
#include "ipc/try.h"
#include "site/store_counters.h"

namespace zoobar {
namespace {

constexpr FolderGrant kFolders[] = {{Folder::kStore, "which sweetword is real"}};
constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read calls and answer them"},
    {Calls::kStore, "the environment honey"},
    {Calls::kThreads, "the store's writer"},
};
constexpr Privileges kPrivileges = {
    .folders = kFolders,
    .calls = kCalls,
    .limits = {.open_files = 64, .file_bytes = std::uint64_t{1} << 40, .processes = 8},
};

constexpr std::size_t kMaxName = 128, kMaxAddress = 64;

template <typename Request>
Status CheckIds(const Request& request) {
  if (request.member().size() != Indexes::kIdBytes) return Error{"the member id has a wrong size"};
  if (request.words().size() != Indexes::kIdBytes) return Error{"the draw's name has a wrong size"};
  if (request.index() == 0) return Error{"indexes count from 1"};
  return {};
}

}  // namespace

Honeychecker::Honeychecker(Site& site, std::string folder)
    : site_(site), indexes_(MustHave(Indexes::Open(site.loop(), std::move(folder), site.config().store()))) {
  site.service().Handle(&Honeychecker::Set, this);
  site.service().Handle(&Honeychecker::Check, this);
  site.Count("checked", [this] { return checked_; });
  site.Count("alarms", [this] { return alarms_; });
  CountStore(site, indexes_->environment());
}

Task<Result<Outgoing<SetIndexReply>>> Honeychecker::Set(Incoming<SetIndexRequest> call) {
  const InFlight::Call counted(in_flight_);
  const SetIndexRequest& request = call.message;
  CO_TRY_STATUS(CheckIds(request));
  if (!request.replaces().empty() && request.replaces().size() != Indexes::kIdBytes)
    co_return Error{"the name of the replaced draw has a wrong size"};
  if (request.name().size() > kMaxName) co_return Error::Of("the member's name has {} bytes", request.name().size());
  StoredIndex index;
  index.set_name(request.name());
  index.set_index(request.index());
  CO_TRY_STATUS(indexes_->Set(request.member(), request.words(), request.replaces(), std::move(index)));
  site_.log().Info("index-set", {{"member", ToHex(request.member())}, {"name", request.name()}});
  co_return SetIndexReply();
}

Task<Result<Outgoing<CheckIndexReply>>> Honeychecker::Check(Incoming<CheckIndexRequest> call) {
  const CheckIndexRequest& request = call.message;
  CO_TRY_STATUS(CheckIds(request));
  CO_TRY(const std::optional<StoredIndex> stored, indexes_->Get(request.member(), request.words()));
  ++checked_;
  const std::string address = request.address().substr(0, kMaxAddress);
  CheckIndexReply reply;
  if (!stored) {
    site_.log().Security("index-unknown", {{"member", ToHex(request.member())}, {"address", address}});
    reply.set_verdict(CheckIndexReply::VERDICT_UNKNOWN);
  } else if (stored->index() == request.index()) {
    reply.set_verdict(CheckIndexReply::VERDICT_REAL);
  } else {
    ++alarms_;
    // The log does not say which sweetword was used. Otherwise readers of the log would learn one sweetword that is not
    // the real one.
    site_.log().Security("honeyword-used", {{"member", ToHex(request.member())},
                                            {"name", stored->name()},
                                            {"address", address},
                                            {"means", "the store of auth was copied and its words guessed"}});
    reply.set_verdict(CheckIndexReply::VERDICT_HONEYWORD);
  }
  co_return reply;
}

const RoleSpec kHoneycheckerRole = {
    .role = ROLE_HONEYCHECKER,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> {
      return std::make_unique<Honeychecker>(site, site.folder(Folder::kStore));
    },
};

}  // namespace zoobar
