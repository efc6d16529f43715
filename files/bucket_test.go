package files

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testKeyID  = "AKIATEST"
	testSecret = "geheim-van-de-test"
	testRegion = "eu-west-1"
)

// bucketServer speaks as much S3 as the store needs, over one bucket in memory. It signs every request again,
// and refuses those whose signature or content differs.
type bucketServer struct {
	mu      sync.Mutex
	objects map[string][]byte
	broken  bool // answers 500 for everything
}

// onBucket gives a store on a bucket of its own.
func onBucket(t *testing.T) (*S3, *bucketServer) {
	t.Helper()
	bucket := &bucketServer{objects: map[string][]byte{}}
	server := httptest.NewServer(bucket)
	t.Cleanup(server.Close)
	store, err := OpenS3(Bucket{Endpoint: server.URL, Region: testRegion, Name: "kaart", AccessKeyID: testKeyID,
		SecretAccessKey: testSecret, Gather: t.TempDir(), Transport: transport(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store, bucket
}

// transport keeps no connection beyond the test.
func transport(t *testing.T) http.RoundTripper {
	t.Helper()
	own := &http.Transport{}
	t.Cleanup(own.CloseIdleConnections)
	return own
}

func (b *bucketServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil || b.broken:
		answerCode(w, r, http.StatusNotImplemented, "NotImplemented") // an answer that the client does not try again
		return
	case !signed(r, body):
		answerCode(w, r, http.StatusForbidden, "SignatureDoesNotMatch")
		return
	}
	key, ours := strings.CutPrefix(r.URL.Path, "/kaart/")
	content, found := b.objects[key]
	switch {
	case !ours:
		answerCode(w, r, http.StatusNotFound, "NoSuchBucket")
	case r.Method == http.MethodPut:
		b.objects[key] = body
		w.Header().Set("ETag", `"etag"`)
	case key == "": // is the bucket there?
	case r.Method == http.MethodDelete:
		delete(b.objects, key)
		w.WriteHeader(http.StatusNoContent)
	case !found:
		answerCode(w, r, http.StatusNotFound, "NoSuchKey")
	default:
		w.Header().Set("ETag", `"etag"`)
		from := 0
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err == nil && from >= len(content) {
			answerCode(w, r, http.StatusRequestedRangeNotSatisfiable, "InvalidRange")
			return
		}
		http.ServeContent(w, r, "", time.Date(2026, time.November, 23, 0, 0, 0, 0, time.UTC), bytes.NewReader(content))
	}
}

func answerCode(w http.ResponseWriter, r *http.Request, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_ = xml.NewEncoder(w).Encode(struct {
			XMLName xml.Name `xml:"Error"`
			Code    string
		}{Code: code})
	}
}

// signed works out the signature of a request again, as AWS describes it (version 4), and compares.
func signed(r *http.Request, body []byte) bool {
	given := r.Header.Get("Authorization")
	sum := sha256.Sum256(body)
	content := r.Header.Get("X-Amz-Content-Sha256")
	if content != hex.EncodeToString(sum[:]) && (len(body) > 0 || content != "UNSIGNED-PAYLOAD") {
		return false
	}
	_, names, _ := strings.Cut(given, "SignedHeaders=")
	names, _, _ = strings.Cut(names, ",")
	var headers strings.Builder
	for name := range strings.SplitSeq(names, ";") {
		value := strings.Join(r.Header.Values(name), ",")
		if name == "host" {
			value = r.Host
		}
		fmt.Fprintf(&headers, "%s:%s\n", name, value)
	}
	request := strings.Join([]string{r.Method, r.URL.EscapedPath(), r.URL.Query().Encode(), headers.String(), names, content}, "\n")
	hashed, at := sha256.Sum256([]byte(request)), r.Header.Get("X-Amz-Date")
	scope := at[:8] + "/" + testRegion + "/s3/aws4_request"
	key := []byte("AWS4" + testSecret)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	signature := mac(key, "AWS4-HMAC-SHA256\n"+at+"\n"+scope+"\n"+hex.EncodeToString(hashed[:]))
	return strings.Contains(given, "Credential="+testKeyID+"/"+scope) && strings.HasSuffix(given, "Signature="+hex.EncodeToString(signature))
}

func mac(key []byte, text string) []byte {
	hash := hmac.New(sha256.New, key)
	hash.Write([]byte(text))
	return hash.Sum(nil)
}
