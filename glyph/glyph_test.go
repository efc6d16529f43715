package glyph_test

import (
	"slices"
	"testing"

	"klantkaart/glyph"
)

func TestShown(t *testing.T) {
	t.Parallel()
	for name, given := range map[string]struct{ text, shown, lacking string }{
		"plain letters":                     {"Beste Ångström, € 12 – ĳs", "Beste Ångström, € 12 – ĳs", ""},
		"Greek and Cyrillic":                {"ω и Ж", "ω и Ж", ""},
		"accents beside their letters":      {"cafe\u0301", "café", ""},
		"an accent that no letter takes":    {"x\u0301", "x�", "\u0301"},
		"blanks and hyphens":                {"a\u202fb\tc\u2011d\u00a0e", "a b c-d\u00a0e", ""},
		"what steers the text":              {"a\u202eb\ufeffc\u00add\x00e", "abcde", ""},
		"lines":                             {"een\ntwee", "een\ntwee", ""},
		"Chinese":                           {"北京 en 北", "�� en �", "北京"},
		"a picture with what belongs to it": {"❤\ufe0f 👩\u200d🔧", "� ��", "❤👩🔧"},
		"bytes that are no text":            {"a\xff", "a�", ""},
	} {
		t.Run("writes "+name, func(t *testing.T) {
			t.Parallel()
			if got := glyph.Shown(given.text); got != given.shown {
				t.Errorf("%q is shown as %q, want %q", given.text, got, given.shown)
			}
			lacking := ""
			for _, one := range glyph.Lacking(given.text) {
				lacking += string(one.Character)
			}
			if lacking != given.lacking {
				t.Errorf("of %q %q are lacking, want %q", given.text, lacking, given.lacking)
			}
		})
	}
}

func TestLackingTellsWhere(t *testing.T) {
	t.Parallel()
	got := glyph.Lacking("cafe\u0301 中\n\n中 en 京")
	if want := []glyph.Place{{'中', 1, 6}, {'京', 3, 6}}; !slices.Equal(got, want) {
		t.Errorf("lacking are %v, want %v", got, want)
	}
}
