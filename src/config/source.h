// One text of the configuration (the file, or a value of --set) with the line and column of each of its fields. Error
// messages name this place.
#pragma once

#include <google/protobuf/text_format.h>

#include <memory>
#include <string>

#include "config.pb.h"
#include "ipc/result.h"

namespace zoobar {

// The lines and columns at which the fields of one protobuf message stand in the text.
using FieldPlaces = google::protobuf::TextFormat::ParseInfoTree;

struct ConfigSource {
  std::string name;  // the name of the file, or "--set" for a text from the command line
  Config config;
  FieldPlaces places;

  // Returns the place of `field` in `message` as "NAME:LINE:COLUMN", or only NAME if the text does not contain the
  // field. tree: the places of the fields of `message`; may be null. index: the number of the element if the field is
  // repeated, else -1.
  std::string Place(const FieldPlaces* tree, const google::protobuf::Message& message, const char* field,
                    int index = -1) const;
};

// Parses protobuf text into `message`, and notes where its fields stand. Errors as ParseConfig.
Status ParseText(const std::string& name, const std::string& text, google::protobuf::Message& message,
                 FieldPlaces& places);

// Parses the protobuf text of a Config. Returns an Error if the text is not UTF-8, or is not the text of a Config. The
// Error starts with NAME:LINE:COLUMN.
Result<std::unique_ptr<ConfigSource>> ParseConfig(std::string name, const std::string& text);

// Parses the value of --listen. It has the form ADDRESS:PORT, [ADDRESS]:PORT, :PORT (all IPv4 addresses of the machine)
// or PORT (127.0.0.1). Behind it ",tls" sets `tls`, ",redirect" sets `redirect_to_https`, ",proxy" sets `proxy_protocol`.
Result<Config::Listen> ParseListen(const std::string& text);

// Returns whether `text` is a numeric IPv4 or IPv6 address, and not a host name.
bool IsIpAddress(const std::string& text);

}  // namespace zoobar
