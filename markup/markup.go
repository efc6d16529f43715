// Package markup makes text from outside harmless: HTML with only the marks of written language, and plain
// text of HTML.
package markup

import (
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Clean keeps of HTML what belongs to written language: paragraphs, headings, emphasis, lists, quotes, tables
// and links to web and mail addresses. Scripts, styles, forms, frames and images are gone; images from
// elsewhere would tell their sender who reads when.
func Clean(source string) string {
	policy := bluemonday.NewPolicy()
	policy.AllowElements("p", "div", "span", "br", "hr", "b", "strong", "i", "em", "u", "s", "sub", "sup", "small", "code", "pre",
		"h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td")
	policy.AllowAttrs("href").OnElements("a")
	policy.AllowURLSchemes("http", "https", "mailto", "tel")
	policy.RequireParseableURLs(true)
	policy.RequireNoFollowOnLinks(true)
	policy.RequireNoReferrerOnLinks(true)
	return strings.TrimSpace(policy.Sanitize(source))
}

// Text gives the words of HTML as plain text: blocks on lines of their own, entities resolved, nothing of
// what a reader does not see.
func Text(source string) string {
	t := &text{}
	tokens := html.NewTokenizer(strings.NewReader(source))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return t.String()
		case html.TextToken:
			t.words(string(tokens.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := tokens.TagName()
			t.open(atom.Lookup(name))
		case html.EndTagToken:
			name, _ := tokens.TagName()
			t.close(atom.Lookup(name))
		}
	}
}

// text is plain text while it is written.
type text struct {
	out    strings.Builder
	hidden atom.Atom // the element whose content nobody sees; 0 outside of one
	pre    bool
	breaks int  // line ends that wait for the next word
	blank  bool // whether a blank waits for it
}

// words writes text, white space as a browser shows it.
func (t *text) words(source string) {
	if t.hidden != 0 {
		return
	}
	if t.pre {
		t.flush()
		t.out.WriteString(html.UnescapeString(source))
		return
	}
	plain := html.UnescapeString(source)
	for _, r := range plain {
		switch r {
		case ' ', '\t', '\n', '\r', '\f', '\u00a0':
			t.blank = true
		default:
			t.flush()
			t.out.WriteRune(r)
		}
	}
}

// flush writes the line ends or the blank that wait.
func (t *text) flush() {
	if t.out.Len() > 0 && t.breaks > 0 {
		t.out.WriteString(strings.Repeat("\n", min(t.breaks, 2)))
	} else if t.out.Len() > 0 && t.blank {
		t.out.WriteByte(' ')
	}
	t.breaks, t.blank = 0, false
}

func (t *text) open(element atom.Atom) {
	switch element {
	case atom.Script, atom.Style, atom.Head, atom.Title, atom.Template, atom.Noscript:
		if t.hidden == 0 {
			t.hidden = element
		}
	case atom.Br:
		t.breaks++
	case atom.Pre:
		t.breaks, t.pre = max(t.breaks, 1), true
	case atom.Li:
		t.breaks = max(t.breaks, 1)
		t.words("- ")
		t.blank = true
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote:
		t.breaks = max(t.breaks, 2)
	case atom.Div, atom.Tr, atom.Ul, atom.Ol, atom.Table, atom.Hr:
		t.breaks = max(t.breaks, 1)
	case atom.Td, atom.Th:
		t.blank = true
	}
}

func (t *text) close(element atom.Atom) {
	switch element {
	case t.hidden:
		t.hidden = 0
	case atom.Pre:
		t.breaks, t.pre = max(t.breaks, 1), false
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote:
		t.breaks = max(t.breaks, 2)
	case atom.Div, atom.Tr, atom.Li, atom.Ul, atom.Ol, atom.Table:
		t.breaks = max(t.breaks, 1)
	}
}

// String is what was written.
func (t *text) String() string { return strings.TrimSpace(t.out.String()) }
