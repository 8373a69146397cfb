// One text of the configuration, with the line and column of each of its fields, so that an error can name its place.
#pragma once

#include <google/protobuf/text_format.h>

#include <memory>
#include <string>

#include "config.pb.h"
#include "ipc/result.h"

namespace zoobar {

// Where the fields of one message stand in the text.
using FieldPlaces = google::protobuf::TextFormat::ParseInfoTree;

struct ConfigSource {
  std::string name;  // of the file; "--set" for a piece from the command line
  Config config;
  FieldPlaces places;

  // "NAME:LINE:COLUMN" of `field` in `message`; NAME alone where the text does not contain the field. tree: the places
  // of that message; may be null. index: which one, of a repeated field.
  std::string Place(const FieldPlaces* tree, const google::protobuf::Message& message, const char* field,
                    int index = -1) const;
};

// An Error starts with NAME:LINE:COLUMN. It says that the text is not UTF-8, or not the protobuf text of a Config.
Result<std::unique_ptr<ConfigSource>> ParseConfig(std::string name, const std::string& text);

// The value of --listen: ADDRESS:PORT, [ADDRESS]:PORT, :PORT (every IPv4 address) or PORT (127.0.0.1).
Result<Config::Listen> ParseListen(const std::string& text);

// Whether this is an IPv4 or IPv6 address in numbers.
bool IsIpAddress(const std::string& text);

}  // namespace zoobar
