package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed explorer/dist/explorer.js explorer/dist/explorer.css explorer/dist/icon.svg explorer/dist/licenses.txt
//go:embed explorer/index.html explorer/operations
var files embed.FS

// contentTypes is a table of its own, because that of package mime depends on the machine.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
}

// asset is a file as it is served: plain, or compressed for those who accept it.
type asset struct {
	contentType string
	// version changes with the content; it names the asset in addresses and entity tags.
	version string
	plain   []byte
	// zipped compresses at the first request, which takes some 50 ms for the bundle, so that a start costs nothing.
	zipped func() []byte
}

func newAsset(name string, content []byte) *asset {
	digest := sha256.Sum256(content)
	return &asset{
		contentType: contentTypes[path.Ext(name)],
		version:     hex.EncodeToString(digest[:8]),
		plain:       content,
		zipped:      sync.OnceValue(func() []byte { return compress(content) }),
	}
}

// loadAssets reads the bundle by file name.
func loadAssets() map[string]*asset {
	assets := map[string]*asset{}
	for _, entry := range mustReadDir("explorer/dist") {
		assets[entry.Name()] = newAsset(entry.Name(), mustReadFile("explorer/dist/"+entry.Name()))
	}
	return assets
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request, cacheControl string) {
	header := w.Header()
	header.Set("Content-Type", a.contentType)
	header.Set("Cache-Control", cacheControl)
	header.Set("Vary", "Accept-Encoding")
	content, tag := a.plain, a.version
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		content, tag = a.zipped(), a.version+"-gzip"
	}
	header.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// acceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3); only a weight of zero refuses.
func acceptsGzip(accepted string) bool {
	for coding := range strings.SplitSeq(accepted, ",") {
		name, weight, _ := strings.Cut(strings.ReplaceAll(coding, " ", ""), ";")
		if strings.EqualFold(name, "gzip") {
			return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
		}
	}
	return false
}

func compress(content []byte) []byte {
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	if _, err := writer.Write(content); err != nil {
		panic(err) // a buffer takes every write
	}
	if err := writer.Close(); err != nil {
		panic(err)
	}
	return zipped.Bytes()
}

// What is embedded is there, or the program was built wrong.
func mustReadDir(name string) []fs.DirEntry {
	entries, err := files.ReadDir(name)
	if err != nil {
		panic(err)
	}
	return entries
}

func mustReadFile(name string) []byte {
	content, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return content
}
