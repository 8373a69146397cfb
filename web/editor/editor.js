// The editor of profiles. It puts CodeMirror in the place of the plain field, which goes on holding the text: the form
// sends the field, and the field alone. Without this script the field remains as it is.
(() => {
  "use strict";
  const field = document.getElementById("profile_update");
  if (!field || !window.CodeMirror) return;
  const form = field.form;
  const label = form.querySelector("label[for=profile_update]");
  const hint = document.getElementById("profile-hint");
  const limit = Number(field.dataset.limit);
  const first = field.defaultValue.replace(/\r\n?/g, "\n");  // as the page was sent
  let sending = false;
  let read = () => {};  // puts what was typed in the last moment into the field

  // What src/site/program_text.h says: the first line that is not empty names Python.
  const isProgram = (text) => /^\uFEFF?\s*#![^\n]*python/.test(text.slice(0, 4096));
  const modeOf = (text) => (isProgram(text) ? "python" : { name: "xml", htmlMode: true });

  // In Python the colours of errors are wrong for indents of changing width, so they are off (theme.css).
  const themeOf = (program) => (program ? "zoobar zoobar-python" : "zoobar");
  // The indent that the program has, so that Tab and Enter go on with it.
  const indentOf = (text) => /:[ \t]*(?:#[^\n]*)?\n( {1,8})\S/.exec(text)?.[1].length ?? 4;

  // Browsers wait for an answer to this question only if the person has done something on the page.
  const unsaved = () => {
    read();
    return field.value !== first || "unsaved" in field.dataset;
  };
  window.addEventListener("beforeunload", (event) => {
    if (!sending && unsaved() && navigator.userActivation?.hasBeenActive !== false) event.preventDefault();
  });
  window.addEventListener("pageshow", () => { sending = false; });

  function start() {
    const say = document.createElement("span");
    say.className = "editor-says";
    say.setAttribute("role", "status");
    const keys = document.createElement("p");
    keys.className = "hint";
    keys.id = "editor-keys";
    keys.append("Tab indents. To leave the editor by keyboard, press Escape, then Tab. ", say);

    const editor = CodeMirror((shell) => field.before(shell), {
      value: field.value,
      mode: modeOf(field.value),
      theme: themeOf(isProgram(field.value)),
      lineNumbers: true,
      lineWrapping: true,
      matchBrackets: true,
      indentUnit: indentOf(field.value),
      inputStyle: "contenteditable",  // screen readers read the text itself
      screenReaderLabel: label.textContent,
      spellcheck: !isProgram(field.value),
      viewportMargin: 500,  // lines around those in view: the browser's search finds them, screen readers read them
      extraKeys: {
        "Tab": (it) => it.execCommand(it.somethingSelected() ? "indentMore" : "insertSoftTab"),
        "Shift-Tab": "indentLess",
      },
    });
    const input = editor.getInputField();
    input.setAttribute("role", "textbox");
    input.setAttribute("aria-multiline", "true");
    input.setAttribute("aria-describedby", "profile-hint editor-keys");
    hint.before(keys);
    field.classList.add("editor-field");
    field.setAttribute("aria-hidden", "true");
    field.tabIndex = -1;
    label.addEventListener("click", (event) => {
      event.preventDefault();
      editor.focus();
    });

    // After Escape, the next Tab is the browser's: it moves on. Any other key ends this.
    let leaving = false;
    const setLeaving = (now) => {
      if (now !== leaving) say.textContent = now ? "Tab now leaves the editor." : "";
      leaving = now;
    };
    editor.on("keydown", (it, event) => {
      if (event.key === "Tab" && leaving) event.codemirrorIgnore = true;
      else if (event.key !== "Shift") setLeaving(event.key === "Escape");
    });
    editor.on("blur", () => setLeaving(false));

    let program = isProgram(field.value), later = 0;
    const put = () => {
      clearTimeout(later);
      const text = editor.getValue();
      if (field.value !== text) field.value = text;
    };
    editor.on("changes", () => {
      clearTimeout(later);
      later = setTimeout(put, 200);  // in a long text each letter would cost time
      const head = editor.getRange({ line: 0, ch: 0 }, { line: 20, ch: 0 });
      if (isProgram(head) === program) return;
      program = !program;
      editor.setOption("mode", modeOf(head));
      editor.setOption("theme", themeOf(program));
      editor.setOption("spellcheck", !program);
    });
    // Something else than the editor may fill the field: an extension of the browser, or a test.
    field.addEventListener("input", () => {
      if (field.value !== editor.getValue()) editor.setValue(field.value);
    });

    // CodeMirror reads what was typed up to 80 ms later. A form may be sent before that.
    read = () => {
      editor.display.input.updateFromDOM();
      put();
    };
    writeForOthers(editor, input);

    mark(editor, input);
    form.addEventListener("submit", (event) => {
      read();
      const bytes = new TextEncoder().encode(field.value.replace(/\r?\n/g, "\r\n")).length;
      if (limit && bytes > limit) {
        event.preventDefault();
        say.textContent = `Your text has ${bytes} bytes. At most ${limit} can be saved or run. Make it shorter.`;
        return;
      }
      sending = true;
    });
  }

  // Programs that write for a person (dictation, a screen reader, a test) select the whole element and insert a text at once.
  // CodeMirror expects a person's keys: it may see the selection too late, and take a line end too many or too few.
  function writeForOthers(editor, input) {
    const adopt = () => {
      const chosen = getSelection();
      if (chosen.anchorNode === input && chosen.focusNode === input && !chosen.isCollapsed) editor.execCommand("selectAll");
    };
    document.addEventListener("selectionchange", adopt);
    editor.on("keydown", adopt);
    input.addEventListener("beforeinput", (event) => {
      adopt();
      if (event.inputType !== "insertText" || event.isComposing || !(event.data?.length > 1)) return;
      event.preventDefault();
      editor.replaceSelection(event.data.replace(/\r\n?/g, "\n"), "end", "+input");
    });
  }

  // Marks the line at which the program failed. Links to lines move to them.
  function mark(editor, input) {
    const line = Number(field.dataset.line) - 1;
    const go = (to) => {
      editor.setCursor({ line: to, ch: 0 });
      editor.scrollIntoView({ line: to, ch: 0 }, editor.getScrollInfo().clientHeight / 3);
    };
    if (line >= 0 && line < editor.lineCount()) {
      const sign = document.createElement("span");
      sign.className = "editor-sign";
      sign.textContent = "!";
      sign.title = field.dataset.error;
      editor.setOption("gutters", ["editor-signs", "CodeMirror-linenumbers"]);
      editor.setGutterMarker(line, "editor-signs", sign);
      editor.addLineClass(line, "wrap", "editor-failed");
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", `own-lines ${input.getAttribute("aria-describedby")}`);
      go(line);
    }
    for (const link of document.querySelectorAll("a[data-to-line]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        editor.focus();
        go(Math.min(Number(link.dataset.toLine), editor.lineCount()) - 1);
      });
    }
  }

  // Only this script needs CodeMirror's style sheet. Before it has come, CodeMirror would measure wrong sizes.
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = "/zoobar/media/codemirror.css";
  style.addEventListener("load", start);
  document.head.append(style);
})();
