<div class="top">
<h1 class="{{#WELL}}well{{/WELL}}{{#ILL}}ill{{/ILL}}">{{STATE}}</h1>
<p class="soft">zoobar {{VERSION}}, {{TIME}} UTC. {{#RENEWING}}This page renews itself every 10 seconds. <a href="/?still">Hold it</a>{{/RENEWING}}{{#STILL}}This page does not renew itself. <a href="/">Renew it</a>{{/STILL}}</p>
</div>
<section aria-labelledby="picture-title">
<h2 id="picture-title">Who may call whom</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="picture-title">
<svg class="picture" viewBox="0 0 {{WIDTH}} {{HEIGHT}}" role="img" aria-labelledby="picture-title" aria-describedby="picture-hint">
<defs>
<marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path class="tip" d="M0 1L10 5L0 9z"/></marker>
</defs>
{{#ARROW}}
<path class="arrow w{{WEIGHT}}" d="{{PATH}}" marker-end="url(#tip)"><title>{{WHAT}}</title></path>
{{/ARROW}}
{{#NODE}}
<g class="{{#WELL}}node{{/WELL}}{{#ILL}}node ill{{/ILL}}" transform="translate({{X}} {{Y}})">
<title>{{ROLE}}: {{STATE}}</title>
<rect width="156" height="62" rx="9"/>
<circle cx="16" cy="21" r="5"/>
<text class="name" x="29" y="26">{{ROLE}}</text>
{{#CALLED}}<text class="called" x="147" y="48" text-anchor="end">{{TEXT}}/s</text>{{/CALLED}}
<text class="below" x="12" y="48">{{BELOW}}</text>
</g>
{{/NODE}}
{{#RATE}}
<text class="rate" x="{{X}}" y="{{Y}}" text-anchor="middle">{{RATE}}</text>
{{/RATE}}
</svg>
</div>
<p class="soft" id="picture-hint">An arrow: this role may call that one. A number: calls in a second, over the last ten. Every role also sends log lines to logger; admin, metrics and console ask every role for its figures. These are not drawn.</p>
</section>
<section aria-labelledby="charts-title">
<h2 id="charts-title">The last hour</h2>
<p class="soft">{{SINCE}}</p>
<div class="charts">
{{#CHART}}
<figure>
<figcaption><b>{{TITLE}}</b> <span class="soft">{{UNIT}}</span></figcaption>
<svg viewBox="-1 -4 362 98" role="img" preserveAspectRatio="none" aria-label="{{TITLE}}, {{UNIT}}, up to {{TOP}}">
<path class="grid" d="M0 0H360M0 45H360M0 90H360M90 0V90M180 0V90M270 0V90"/>
{{#LINE}}
<polyline class="line{{NUMBER}}" points="{{POINTS}}"/>
{{/LINE}}
</svg>
<p class="scale soft"><span>an hour ago</span><span>upper edge: {{TOP}}</span><span>now</span></p>
<ul>
{{#LEGEND}}
<li><span class="key key{{NUMBER}}" aria-hidden="true"></span>{{NAME}}: <b>{{NOW}}</b></li>
{{/LEGEND}}
</ul>
</figure>
{{/CHART}}
</div>
</section>
<div class="pair">
<section aria-labelledby="alarms-title">
<h2 id="alarms-title">Latest alarms</h2>
{{#NO_ALARMS}}
<p class="soft">None.</p>
{{/NO_ALARMS}}
{{#NO_LOGGER}}
<p class="warning">logger does not answer.</p>
{{/NO_LOGGER}}
{{#ALARMS}}
<div class="scroll" tabindex="0" role="region" aria-labelledby="alarms-title">
<table>
<thead><tr><th scope="col">Time</th><th scope="col">Role</th><th scope="col">Event</th><th scope="col">What</th></tr></thead>
<tbody>
{{#LINE}}
<tr><td class="time">{{TIME}}</td><td>{{ROLE}}</td><td><code>{{EVENT}}</code></td><td class="fields">{{FIELDS}}</td></tr>
{{/LINE}}
</tbody>
</table>
</div>
{{/ALARMS}}
</section>
<section aria-labelledby="denials-title">
<h2 id="denials-title">Latest denials of programs</h2>
{{#NO_DENIALS}}
<p class="soft">None.</p>
{{/NO_DENIALS}}
{{#DENIALS}}
<div class="scroll" tabindex="0" role="region" aria-labelledby="denials-title">
<table>
<thead><tr><th scope="col">Time</th><th scope="col">Role</th><th scope="col">Event</th><th scope="col">What</th></tr></thead>
<tbody>
{{#LINE}}
<tr><td class="time">{{TIME}}</td><td>{{ROLE}}</td><td><code>{{EVENT}}</code></td><td class="fields">{{FIELDS}}</td></tr>
{{/LINE}}
</tbody>
</table>
</div>
{{/DENIALS}}
</section>
</div>
<section aria-labelledby="processes-title">
<h2 id="processes-title">Processes</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="processes-title">
<table>
<thead><tr><th scope="col">Role</th><th scope="col" class="number">#</th><th scope="col" class="number">uid</th><th scope="col" class="number">pid</th><th scope="col">State</th><th scope="col" class="number">Up for</th><th scope="col" class="number">Restarts</th><th scope="col">May be called by</th></tr></thead>
<tbody>
{{#PROCESS}}
<tr{{#ILL}} class="ill"{{/ILL}}><th scope="row">{{ROLE}}</th><td class="number">{{INSTANCE}}</td><td class="number">{{UID}}</td><td class="number">{{PID}}</td><td>{{STATE}}</td><td class="number">{{UP}}</td><td class="number">{{RESTARTS}}</td><td>{{CALLERS}}</td></tr>
{{/PROCESS}}
</tbody>
</table>
</div>
</section>
<section aria-labelledby="queues-title">
<h2 id="queues-title">Queues</h2>
<p class="soft">Each member, or each address, has a share of each queue. One whose share is full is refused; the others are served.</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="queues-title">
<table>
<thead><tr><th scope="col">Role</th><th scope="col">Queue</th><th scope="col" class="number">Served now</th><th scope="col" class="number">Waiting</th><th scope="col" class="number">Most of one</th><th scope="col" class="number">Refused since the start</th></tr></thead>
<tbody>
{{#QUEUE}}
<tr><th scope="row">{{ROLE}}</th><td>{{QUEUE}}</td><td class="number">{{RUNNING}}</td><td class="number">{{WAITING}}</td><td class="number">{{MOST}}</td><td class="number">{{REFUSED}}</td></tr>
{{/QUEUE}}
</tbody>
</table>
</div>
</section>
{{#CERTIFICATES}}
<section aria-labelledby="certificates-title">
<h2 id="certificates-title">Certificates</h2>
<table>
<thead><tr><th scope="col">Names</th><th scope="col">Ends</th></tr></thead>
<tbody>
{{#CERTIFICATE}}
<tr{{#ILL}} class="ill"{{/ILL}}><th scope="row">{{NAMES}}</th><td>{{ENDS}}</td></tr>
{{/CERTIFICATE}}
</tbody>
</table>
</section>
{{/CERTIFICATES}}
