package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"klantkaart/db"
	"klantkaart/db/dbtest"
)

const aPDF = "%PDF-1.7\n% een heel klein document\n%%EOF\n"

// put uploads a file as the body of a request, by its name.
func (o *office) put(t *testing.T, name, content string, headers ...string) answer {
	t.Helper()
	return o.send(t, http.MethodPost, "/files", content, append([]string{"Content-Disposition", disposition(name), "Content-Type", "application/octet-stream"}, headers...)...)
}

// uploaded uploads a file that is taken, and gives its id.
func (o *office) uploaded(t *testing.T, name, content string) string {
	t.Helper()
	got := o.put(t, name, content, "Authorization", "Bearer "+o.token)
	expectStatus(t, got, http.StatusCreated)
	return strings.TrimPrefix(got.Header.Get("Location"), "/files/")
}

// download fetches a file, or a part of it.
func (o *office) download(t *testing.T, id string, headers ...string) answer {
	t.Helper()
	return o.send(t, http.MethodGet, "/files/"+id, "", append([]string{"Authorization", "Bearer " + o.token}, headers...)...)
}

func TestFileIsUploadedAndFetched(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		node := demoOn(t, store)
		sanne := node.as(t, "Sanne")
		got := sanne.put(t, `C:\Sanne\Voorstel "Q4" € .pdf`, aPDF, "Authorization", "Bearer "+sanne.token)
		expectStatus(t, got, http.StatusCreated)
		id := strings.TrimPrefix(got.Header.Get("Location"), "/files/")
		want := `{"id":"` + id + `","mimeType":"application/pdf","name":"Voorstel _Q4_ € .pdf","sha256":"` + sumOf(aPDF) +
			fmt.Sprintf(`","size":%d,"url":"/files/%s"}`, len(aPDF), id)
		if got.body != want {
			t.Errorf("the answer is\n%s, want\n%s", got.body, want)
		}
		t.Run("whole, as something to keep", func(t *testing.T) {
			file := sanne.download(t, id)
			expectStatus(t, file, http.StatusOK)
			if file.body != aPDF {
				t.Errorf("the file is %q", file.body)
			}
			for name, want := range map[string]string{"Content-Type": "application/pdf", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
				"Content-Security-Policy": "default-src 'none'; sandbox", "Accept-Ranges": "bytes", "ETag": `"` + sumOf(aPDF) + `"`} {
				expectHeader(t, file, name, want)
			}
			if got := file.Header.Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="Voorstel _Q4_ _ .pdf"; filename*=utf-8''`) {
				t.Errorf("it is named %s", got)
			}
		})
		t.Run("in parts", func(t *testing.T) {
			for part, want := range map[string]string{"bytes=0-4": aPDF[:5], "bytes=9-": aPDF[9:], "bytes=-6": aPDF[len(aPDF)-6:]} {
				file := sanne.download(t, id, "Range", part)
				expectStatus(t, file, http.StatusPartialContent)
				if file.body != want {
					t.Errorf("%s is %q, want %q", part, file.body, want)
				}
			}
			expectStatus(t, sanne.download(t, id, "Range", "bytes=900-"), http.StatusRequestedRangeNotSatisfiable)
			expectStatus(t, sanne.download(t, id, "If-None-Match", `"`+sumOf(aPDF)+`"`), http.StatusNotModified)
			head := sanne.send(t, http.MethodHead, "/files/"+id, "", "Authorization", "Bearer "+sanne.token)
			expectStatus(t, head, http.StatusOK)
			expectHeader(t, head, "Content-Length", fmt.Sprint(len(aPDF)))
		})
		t.Run("by nobody else while it is of no communication", func(t *testing.T) {
			for _, other := range []*office{node.as(t, "Joris"), node.as(t, "Peter"), foreign(t, node)} {
				got := other.download(t, id)
				expectStatus(t, got, http.StatusNotFound)
				expectCode(t, got, "NOT_FOUND")
			}
			expectStatus(t, node.send(t, http.MethodGet, "/files/"+id, ""), http.StatusUnauthorized)
			for _, wrong := range []string{"fil_00000000000000000000000000", "nonsense", "..%2f..%2fklantkaart.db"} {
				expectStatus(t, sanne.download(t, wrong), http.StatusNotFound)
			}
			expectStatus(t, sanne.send(t, http.MethodDelete, "/files/"+id, "", "Authorization", "Bearer "+sanne.token), http.StatusMethodNotAllowed)
		})
	})
}

func TestFileOfAForm(t *testing.T) {
	t.Parallel()
	node := demoOn(t, dbtest.Open(t, dbtest.SQLite))
	sanne := node.as(t, "Sanne")
	body := &bytes.Buffer{}
	form := multipart.NewWriter(body)
	_ = form.WriteField("opmerking", "bij het voorstel")
	part, err := form.CreateFormFile("file", "notitie.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte("Bel Naima terug."))
	_ = form.Close()
	got := sanne.send(t, http.MethodPost, "/files", body.String(), "Authorization", "Bearer "+sanne.token, "Content-Type", form.FormDataContentType())
	expectStatus(t, got, http.StatusCreated)
	file := sanne.download(t, strings.TrimPrefix(got.Header.Get("Location"), "/files/"))
	if file.body != "Bel Naima terug." {
		t.Errorf("the file is %q", file.body)
	}
	for _, broken := range []string{"", "--x\r\n", body.String()[:40]} {
		got := sanne.send(t, http.MethodPost, "/files", broken, "Authorization", "Bearer "+sanne.token, "Content-Type", form.FormDataContentType())
		expectStatus(t, got, http.StatusBadRequest)
		expectCode(t, got, badRequest)
	}
}

func TestFilesThatAreRefused(t *testing.T) { //nolint:tparallel // the last one looks at what the others left
	t.Parallel()
	node := demoOn(t, dbtest.Open(t, dbtest.SQLite), func(config *Config) { config.MaxFile = 1 })
	sanne := node.as(t, "Sanne")
	bearer := []string{"Authorization", "Bearer " + sanne.token}
	for _, one := range []struct {
		why, name, content string
		headers            []string
		status             int
		code               string
	}{
		{"empty", "leeg.pdf", "", bearer, http.StatusBadRequest, "FILE_EMPTY"},
		{"too large, as it says", "groot.txt", strings.Repeat("a", 2<<20), bearer, http.StatusRequestEntityTooLarge, "FILE_TOO_LARGE"},
		{"a byte too large", "groot.txt", strings.Repeat("a", 1<<20+1), bearer, http.StatusRequestEntityTooLarge, "FILE_TOO_LARGE"},
		{"a program", "virus.exe", "MZ\x90\x00", bearer, http.StatusUnsupportedMediaType, "FILE_TYPE_NOT_ALLOWED"},
		{"a program with another name", "factuur.pdf", "MZ\x90\x00", bearer, http.StatusUnsupportedMediaType, "FILE_TYPE_NOT_ALLOWED"},
		{"a program called text", "lees.txt", "\x7fELF\x02\x01\x01\x00", bearer, http.StatusUnsupportedMediaType, "FILE_TYPE_NOT_ALLOWED"},
		{"a page", "pagina.html", "<script>alert(1)</script>", bearer, http.StatusUnsupportedMediaType, "FILE_TYPE_NOT_ALLOWED"},
		{"a picture with a script", "plaatje.svg", "<svg onload='alert(1)'/>", bearer, http.StatusUnsupportedMediaType, "FILE_TYPE_NOT_ALLOWED"},
		{"without an ending", "voorstel", aPDF, bearer, http.StatusUnsupportedMediaType, "FILE_TYPE_NOT_ALLOWED"},
		{"without a name", "", aPDF, bearer, http.StatusBadRequest, badRequest},
		{"a name of dots", "..", aPDF, bearer, http.StatusBadRequest, "BAD_INPUT"},
		{"a name too long", strings.Repeat("a", 252) + ".pdf", aPDF, bearer, http.StatusBadRequest, "BAD_INPUT"},
		{"from a stranger", "a.pdf", aPDF, nil, http.StatusUnauthorized, unauthenticated},
		{"from who may only read", "a.pdf", aPDF, []string{"Authorization", "Bearer " + node.as(t, "Ruben").token}, http.StatusForbidden, "FORBIDDEN"},
		{"with a cookie alone", "a.pdf", aPDF, []string{"Cookie", sessionCookie + "=" + sanne.token}, http.StatusForbidden, clientHeaderRequired},
		{"from another site", "a.pdf", aPDF, []string{"Cookie", sessionCookie + "=" + sanne.token, "Origin", "https://evil.example", clientHeader, "kaart"}, http.StatusForbidden, forbiddenOrigin},
	} {
		t.Run(one.why, func(t *testing.T) {
			got := sanne.put(t, one.name, one.content, one.headers...)
			expectStatus(t, got, one.status)
			expectCode(t, got, one.code)
		})
	}
	t.Run("and leave nothing behind", func(t *testing.T) {
		left, err := filepath.Glob(filepath.Join(node.node.config.FilesFolder, ".incoming", "*"))
		if err != nil || len(left) > 0 {
			t.Errorf("left are %v, %v", left, err)
		}
		var rows int
		if err := node.node.store.Read().NewSelect().Table("files").ColumnExpr("count(*)").Where("state <> 'ATTACHED'").Scan(db.Everywhere(t.Context()), &rows); err != nil || rows > 0 {
			t.Errorf("%d rows, %v", rows, err)
		}
	})
	t.Run("but not just as large as may be, nor with a cookie and the header", func(t *testing.T) {
		expectStatus(t, sanne.put(t, "groot.txt", strings.Repeat("a", 1<<20), bearer...), http.StatusCreated)
		expectStatus(t, sanne.put(t, "a.pdf", aPDF, "Cookie", sessionCookie+"="+sanne.token, clientHeader, "kaart"), http.StatusCreated)
	})
}

func TestFileWithoutContentIsOurFault(t *testing.T) {
	t.Parallel()
	node := demoOn(t, dbtest.Open(t, dbtest.SQLite))
	sanne := node.as(t, "Sanne")
	id := sanne.uploaded(t, "a.pdf", aPDF)
	kept, err := filepath.Glob(filepath.Join(node.node.config.FilesFolder, "org_*", "*", id))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept are %v, %v", kept, err)
	}
	if err := os.Remove(kept[0]); err != nil {
		t.Fatal(err)
	}
	expectStatus(t, sanne.download(t, id), http.StatusInternalServerError)
}

func sumOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}
