// Output of programs that is plain text, and not HTML.
#pragma once

#include <string>
#include <string_view>

namespace zoobar {

// Returns whether the text has a tag or a comment of HTML: '<' or '</' directly before the name of an element of HTML,
// SVG or MathML, or "<!" or "<?", and a '>' after it. Texts such as "a < b", "x<y" and "<class 'int'>" have none.
bool HasHtmlTag(std::string_view text);

// Returns HTML that shows the text as it is, with its line breaks, in a <pre>. Only '<' and '>' are escaped. Character
// references such as "&lt;" keep their meaning, because programs escape the names of members. The result is to be
// passed to Sanitize, and is at most four times as long as the text, and a few bytes.
std::string TextAsHtml(std::string_view text);

}  // namespace zoobar
