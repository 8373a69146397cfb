<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{TITLE}} · zoobar</title>
<link rel="icon" href="/favicon.ico">
<link rel="stylesheet" href="/zoobar/media/zoobar.css">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="site">
<div class="wrap">
<a class="brand" href="/zoobar/index.cgi/"><span class="coin" aria-hidden="true"></span>zoobar</a>
{{#MEMBER}}
<nav aria-label="Site">
<ul>
<li><a href="/zoobar/index.cgi/"{{#AT_HOME}} aria-current="page"{{/AT_HOME}}>Home</a></li>
<li><a href="/zoobar/index.cgi/transfer"{{#AT_TRANSFER}} aria-current="page"{{/AT_TRANSFER}}>Transfer</a></li>
<li><a href="/zoobar/index.cgi/members"{{#AT_MEMBERS}} aria-current="page"{{/AT_MEMBERS}}>Members</a></li>
<li><a href="/zoobar/index.cgi/journal"{{#AT_JOURNAL}} aria-current="page"{{/AT_JOURNAL}}>Journal</a></li>
<li><a href="/zoobar/index.cgi/manual"{{#AT_MANUAL}} aria-current="page"{{/AT_MANUAL}}>Manual</a></li>
<li><a href="/zoobar/index.cgi/account"{{#AT_ACCOUNT}} aria-current="page"{{/AT_ACCOUNT}}>Account</a></li>
{{#TASKS}}<li><a href="/zoobar/index.cgi/tasks"{{#AT_TASKS}} aria-current="page"{{/AT_TASKS}}>Tasks</a></li>{{/TASKS}}
</ul>
</nav>
<a class="leave" href="/zoobar/index.cgi/logout"><bdi dir="ltr">Log out {{MEMBER_NAME}}</bdi></a>
{{/MEMBER}}
</div>
</header>
<main id="main" class="wrap" tabindex="-1">
{{>CONTENT}}
</main>
<footer class="site">
<div class="wrap">
<p>Each part of this site runs isolated from the others.</p>
</div>
</footer>
</body>
</html>
