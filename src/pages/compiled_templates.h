// The templates of web/templates and the examples of profiles/. web/compile_templates.cmake compiles them into the
// program.
#pragma once

#include <span>
#include <string_view>

namespace zoobar {

struct CompiledTemplate {
  std::string_view name;  // "home" for web/templates/home.tpl
  std::string_view text;
};

std::span<const CompiledTemplate> CompiledTemplates();
// The example programs of profiles/: "hello-user" for profiles/hello-user.py.
std::span<const CompiledTemplate> CompiledExamples();
// web/templates/console.css.
std::string_view CompiledConsoleStyle();
// The SHA-512 of web/root/zoobar/media/NAME.js, in hexadecimal. Pages name it, so that browsers run no other script. Empty:
// there is no such script, as "editor" if the program was built without it.
std::string_view CompiledScriptHash(std::string_view name);

}  // namespace zoobar
