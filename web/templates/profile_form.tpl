<form method="post" action="/zoobar/index.cgi/">
{{#REPLACE}}
<div class="message warning" role="alert">
<p>The text below is not saved. The example {{EXAMPLE_NAME}} would replace it.</p>
<div class="actions"><button name="example_now" value="{{EXAMPLE_NAME}}">Replace the text</button></div>
</div>
{{/REPLACE}}
<input type="hidden" name="profile_of" value="{{NAME}}">
<div class="field">
<label for="profile_update">Profile</label>
<textarea id="profile_update" name="profile_update" rows="10" dir="auto" aria-describedby="profile-hint" data-limit="{{PROFILE_LIMIT}}"{{#UNSAVED}} data-unsaved="1"{{/UNSAVED}}{{#MARK}} data-line="{{LINE}}" data-error="{{TEXT}}"{{/MARK}}>
{{PROFILE_SOURCE:pre_escape}}</textarea>
<p class="hint" id="profile-hint">You can use HTML; scripts and styles are removed when you save. If the first line is <code>#!python</code>, your profile is a Python 3 program: it runs each time somebody visits your page, and the page shows its output. <a href="/zoobar/index.cgi/manual">How to write a program</a>. At most {{PROFILE_LIMIT}} bytes.</p>
</div>
<p class="hint"><strong>Programs are public:</strong> every member can read yours. Do not put passwords or other secrets in it.</p>
<div class="actions">
<button class="primary" name="profile_submit" value="Save">Save profile</button>
<button name="profile_try" value="Run">Run preview</button>
{{#PROGRAM}}<a class="button" href="/zoobar/index.cgi/program">Program log</a>{{/PROGRAM}}
</div>
{{#EXAMPLES}}
<nav class="examples" aria-label="Example programs">
<p class="hint">Examples (not saved yet):</p>
<ul>
{{#EXAMPLE}}<li><button name="example" value="{{EXAMPLE_NAME}}">{{EXAMPLE_NAME}}</button></li>
{{/EXAMPLE}}</ul>
</nav>
{{/EXAMPLES}}
</form>
{{#EDITOR}}<script src="/zoobar/media/editor.js" integrity="{{EDITOR_HASH}}" defer></script>{{/EDITOR}}
