// Decisions about a request that app makes without calling another role.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ipc/bytes.h"
#include "profile.pb.h"

namespace zoobar {

// How many entries of a journal are on one page.
inline constexpr std::uint32_t kRowsOfJournal = 25;

// Reads the amount in a form, which must consist of digits. If the text is wrong, returns a text that tells the member
// why, and what to do.
std::variant<std::int64_t, std::string_view> ParseZoobars(std::string_view text);

// Reads a whole number without a sign. Returns 0 for any other text.
std::uint64_t ParseNumberOrZero(std::string_view text);

// Returns whether `text` looks like the number of one of our own forms (32 hexadecimal digits). Scripts send other
// texts, for example "Send" each time. Two requests with the same text of that kind need not be the same act.
bool IsSubmission(std::string_view text);
// Makes a new number for a form, from the kernel's random source.
std::string FreshSubmission();

// Returns a sentence that tells the visitor how a program's run ended. The sentence is empty if the run ended well.
std::string_view NoticeOf(const ShowReply& shown);
// Returns whether the program itself caused the end that NoticeOf describes. Returns false if, for example, there was
// no room to run the program.
bool IsItsFault(const ShowReply& shown);
// Returns hints for the program's owner: which actions were blocked, what the traceback means, and which files were not
// kept. files: the program's files, for a file that does not exist; null: they are not known.
std::vector<std::string> HintsOf(const ShowReply& shown, const std::vector<std::string>* files = nullptr);

// Returns the bytes of a text that ToHex (ipc/bytes.h) made, or an empty text for any other text.
std::string FromHex(std::string_view text);

}  // namespace zoobar
