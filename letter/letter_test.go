package letter

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func aLetter() Letter {
	return Letter{
		Sender: Sender{Name: "Delta Detachering B.V.", Address: []string{"Wijnhaven 60", "3011 WS Rotterdam"}, Phone: "+31 10 000 1000",
			Email: "info@delta-detachering.example", Website: "delta-detachering.example",
			Details: []string{"KvK 00900100", "Btw NL900000004B01", "IBAN NL13DEMO0990000001"}},
		Addressee: []string{"Brouwer & Zonen Machinefabriek B.V.", "T.a.v. de heer K. Brouwer", "Industrieplein 8", "7553 LL  HENGELO"},
		References: []Labelled{{"Datum", "3 juli 2026"}, {"Ons kenmerk", "P-2025-0019"},
			{"Betreft", "Einde inzet de heer Hoekstra"}},
		Salutation: "Geachte heer Brouwer,",
		Text: "De inzet van de heer Hoekstra is per 30 juni geëindigd. Wij danken u voor de prettige samenwerking.\n\n" +
			"Daarbij hoort:\n- de laatste urenstaat, die u vóór 10 juli ontvangt;\n- de eindfactuur van € 6.320,00.",
		Closing: "Met vriendelijke groet,", Signer: []string{"Joris Kuipers", "Accountmanager", "Delta Detachering B.V."},
		At:   time.Date(2026, time.July, 3, 7, 0, 0, 0, time.UTC),
		Page: "pagina", Of: "van",
	}
}

func made(t *testing.T, l Letter) []byte {
	t.Helper()
	content, err := l.PDF()
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("LETTERS"); dir != "" { //nolint:forbidigo // to look at them
		name := strings.ReplaceAll(t.Name(), "/", "_") + ".pdf"
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return content
}

func pages(content []byte) int { return bytes.Count(content, []byte("/Type /Page\n")) }

func TestLetter(t *testing.T) {
	t.Parallel()
	t.Run("of one page", func(t *testing.T) {
		t.Parallel()
		content := made(t, aLetter())
		if !bytes.HasPrefix(content, []byte("%PDF-")) || pages(content) != 1 {
			t.Errorf("it has %d pages, and begins with %q", pages(content), content[:8])
		}
	})
	t.Run("comes out alike every time", func(t *testing.T) {
		t.Parallel()
		if !bytes.Equal(made(t, aLetter()), made(t, aLetter())) {
			t.Error("the same letter makes different bytes")
		}
	})
	t.Run("goes on on the next page", func(t *testing.T) {
		t.Parallel()
		long := aLetter()
		long.Text = strings.Repeat(long.Text+"\n\n## Vervolg\n\n", 12)
		if got := pages(made(t, long)); got != 3 {
			t.Errorf("it has %d pages", got)
		}
	})
	t.Run("that is a document", func(t *testing.T) {
		t.Parallel()
		document := aLetter()
		document.Title, document.Addressee, document.Salutation, document.Closing = "Voorstel inhuur 2027", nil, "", ""
		made(t, document)
	})
	t.Run("of anything that people type", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{"", "\n\n\n", strings.Repeat("x", 5000), "a\x00b\u202e 🎉 {pages} (\\) \ufeff", "## ", "- ", "Ångström ĲĳŁ €", strings.Repeat("## kop\n", 200)} {
			strange := aLetter()
			strange.Text, strange.Title, strange.Addressee, strange.Sender.Name = text, text, []string{text}, strings.TrimSpace(text)
			made(t, strange)
		}
	})
	t.Run("of nothing", func(t *testing.T) {
		t.Parallel()
		made(t, Letter{})
	})
}
