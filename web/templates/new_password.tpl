<h1>Change your password</h1>
{{#WARNING}}
<p class="message warning" role="alert">{{TEXT}}</p>
{{/WARNING}}
<section class="card">
{{>PASSWORD}}
</section>
<script src="/zoobar/media/strength.js" integrity="{{STRENGTH_HASH}}" defer></script>
