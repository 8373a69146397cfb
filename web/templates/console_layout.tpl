<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{TITLE}} · zoobar</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/console.css">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<p class="brand"><span class="coin" aria-hidden="true"></span>zoobar <span class="soft">for its operator</span></p>
{{#SIGNED_IN}}
<form method="post" action="/sign-out"><button>Sign out</button></form>
{{/SIGNED_IN}}
</header>
<main id="main" tabindex="-1">
{{>CONTENT}}
</main>
</body>
</html>
