package crm

import "testing"

func TestFold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Brouwer & Zonen":          "brouwer & zonen",
		"  Café   Noir \t":         "cafe noir",
		"ÉÈÊË éèêë":                "eeee eeee",
		"e\u0301":                  "e", // decomposed
		"Straße":                   "strasse",
		"Œuvre Æsir":               "oeuvre aesir",
		"Øresund Łódź Đorđe":       "oresund lodz dorde",
		"İstanbul ısı":             "istanbul isi",
		"ĳsbaan":                   "ijsbaan", // one letter that looks like two
		"ﬁets":                     "fiets",   // a ligature
		"Ａ１":                       "a1",      // full width
		"100%_\\":                  "100%_\\",
		"a\u00a0b\nc\u2003d":       "a b c d",
		"a\x00b\x1fc":              "a b c",
		"Ελλάς":                    "ελλασ",
		"ΑΣ":                       "ασ",
		"":                         "",
		" ":                        "",
		"'s-Gravenhage 2½ ²":       "'s-gravenhage 21⁄2 2",
		"Ｖan der\u00adVel\u200bde": "van dervelde",
	} {
		if got := fold(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
		if again := fold(want); again != want {
			t.Errorf("%q is folded, but became %q", want, again)
		}
	}
}

func TestSearchFold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Bouw B.V.":        "bouw bv",
		"Bouw B.V":         "bouw bv",
		"Bouw BV":          "bouw bv",
		"(V.O.F.)":         "(vof)",
		"A.S.R.-polis":     "asr-polis",
		"É.É.N.":           "een",
		"J.C. de Wit":      "jc de wit",
		"m.de.wit@wit.nl":  "mde.wit@wit.nl",
		"Groep. Einde":     "groep. einde",
		"1.000,00":         "1.000,00",
		"art. 7a. lid":     "art. 7a. lid",
		"Foxtrot.x.y. . .": "foxtrot.xy . .",
		"":                 "",
	} {
		if got := searchFold(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
