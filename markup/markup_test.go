package markup_test

import (
	"strings"
	"testing"

	"klantkaart/markup"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct{ source, want string }{
		"keeps emphasis, lists and links": {
			`<p>Beste <b>Naima</b>,</p><ul><li>een</li></ul><a href="https://delta.example/a">hier</a>`,
			`<p>Beste <b>Naima</b>,</p><ul><li>een</li></ul><a href="https://delta.example/a" rel="nofollow noreferrer">hier</a>`},
		"drops scripts with what is in them":           {`Dag<script>alert(1)</script>`, `Dag`},
		"drops handlers":                               {`<b onclick="alert(1)">x</b>`, `<b>x</b>`},
		"drops styles":                                 {`<style>p{display:none}</style><p style="position:fixed">x</p>`, `<p>x</p>`},
		"drops images, which tell who reads":           {`<img src="https://spion.example/p.gif">x`, `x`},
		"drops links that run":                         {`<a href="javascript:alert(1)">x</a>`, `x`},
		"drops links that run, however spelled":        {`<a href="&#106;ava&#x09;script:alert(1)">x</a>`, `x`},
		"drops frames and forms":                       {`<iframe src="https://x.example"></iframe><form action="/x"><input name="a"></form>y`, `y`},
		"drops what hides in foreign markup":           {`<svg><script>alert(1)</script></svg><math><mtext><img src=x onerror=alert(1)></mtext></math>z`, `z`},
		"drops comments, conditional or not":           {`<!--[if mso]><b>x</b><![endif]-->y`, `y`},
		"escapes what was not closed":                  {`a < b <script`, `a &lt; b`},
		"leaves what was escaped escaped":              {`&lt;script&gt;alert(1)&lt;/script&gt;`, `&lt;script&gt;alert(1)&lt;/script&gt;`},
		"gives nothing for what has no content":        {`<p></p><script>x</script>`, `<p></p>`},
		"keeps text that is no HTML at all, escaped":   {`Tarief > 95 & < 105`, `Tarief &gt; 95 &amp; &lt; 105`},
		"drops data addresses":                         {`<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>`, `x`},
		"drops what a browser would load as a base":    {`<base href="https://x.example/"><link rel=stylesheet href=x>y`, `y`},
		"closes nothing of the page that it stands in": {`</div></body>x`, `</div>x`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := markup.Clean(one.source); got != one.want {
				t.Errorf("got  %s\nwant %s", got, one.want)
			}
		})
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct{ source, want string }{
		"puts blocks on lines of their own": {"<div>Dag\n  Sanne,</div><div>tot <b>morgen</b>.</div>", "Dag Sanne,\ntot morgen."},
		"parts paragraphs":                  {"<p>een</p>\n<p>twee</p><p></p><p>drie</p>", "een\n\ntwee\n\ndrie"},
		"breaks lines":                      {"een<br>twee<br/><br/>vier", "een\ntwee\n\nvier"},
		"marks the items of lists":          {"<ul><li>een</li><li>twee</li></ul>na", "- een\n- twee\nna"},
		"resolves entities":                 {"5 &lt; 6 &amp; &eacute;&nbsp;&euro;", "5 < 6 & é €"},
		"leaves out what nobody sees":       {"<head><title>T</title><style>p{}</style></head><script>if (a<b) {}</script>x", "x"},
		"keeps the lines of code":           {"<pre>a\n  b</pre>", "a\n  b"},
		"parts the cells of a row":          {"<table><tr><td>uur</td><td>82,50</td></tr><tr><td>km</td></tr></table>", "uur 82,50\nkm"},
		"is empty for markup alone":         {"<p> </p><br>", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := markup.Text(one.source); got != one.want {
				t.Errorf("got  %q\nwant %q", got, one.want)
			}
		})
	}
}

func TestDeepMarkupCostsNoMoreThanItsLength(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("<div><b><i>", 20_000) + "x" + strings.Repeat("<", 20_000)
	if got := markup.Text(markup.Clean(deep)); !strings.HasPrefix(got, "x") {
		t.Errorf("got %.20q", got)
	}
}
