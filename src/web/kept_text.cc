#include "web/kept_text.h"

#include "limits/names.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace zoobar {

std::size_t EncodedSize(std::string_view value) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char byte = value[i];
    const bool plain =
        IsLetter(byte) || IsDigit(byte) || std::string_view(" *-._").find(byte) != std::string_view::npos;
    const bool line_end = byte == '\r' || (byte == '\n' && (i == 0 || value[i - 1] != '\r'));
    if (byte == '\n' && !line_end) continue;  // its CR is counted as the whole line end
    size += line_end ? 6 : plain ? 1 : 3;
  }
  return size;
}

KeptText KeptTextIn(const FormFields& form, std::size_t body_bytes) {
  KeptText kept;
  kept.text = MendUtf8(form.Get(kTextField));
  if (kept.text.empty()) return kept;
  // A name that is too long is nobody's, and stays so when it is cut.
  kept.writer = CutUtf8(MendUtf8(form.Get(kWriterField)), kMaxNameBytes + 4);
  kept.carries = EncodedSize(kept.text) + KeptText::kBesideText <= body_bytes;
  return kept;
}

}  // namespace zoobar
