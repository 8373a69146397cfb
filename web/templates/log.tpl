<div class="scroll">
<table class="log">
<caption>Newest first, times in UTC</caption>
<thead>
<tr><th scope="col">Time</th><th scope="col">Sender</th><th scope="col">Recipient</th><th scope="col" class="number">Amount</th>{{#RUNNING}}<th scope="col" class="number">Balance</th>{{/RUNNING}}</tr>
</thead>
<tbody>
{{#ROW}}
<tr{{#RECEIVED}} class="received"{{/RECEIVED}}><td><time datetime="{{ISO}}">{{TIME}}</time></td><td>{{#SENDER}}<a href="/zoobar/index.cgi/users?user={{WHO:url_query_escape}}"><bdi>{{WHO}}</bdi></a>{{/SENDER}}{{#BANK}}<em>the bank</em>{{/BANK}}</td><td><a href="/zoobar/index.cgi/users?user={{RECIPIENT:url_query_escape}}"><bdi>{{RECIPIENT}}</bdi></a>{{#ABOUT}}<p class="hint">{{WHAT}}{{#NOTED}}: <bdi>{{NOTE}}</bdi>{{/NOTED}}</p>{{/ABOUT}}</td><td class="number">{{#GAINED}}+{{/GAINED}}{{#SPENT}}−{{/SPENT}}{{AMOUNT}}</td>{{#AFTER}}<td class="number balance-after">{{BALANCE}}</td>{{/AFTER}}</tr>
{{/ROW}}
</tbody>
</table>
</div>
