package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Bucket says where content is kept at a service that speaks S3.
type Bucket struct {
	Endpoint        string // such as https://s3.eu-central-1.amazonaws.com
	Region          string
	Name            string
	AccessKeyID     string
	SecretAccessKey string
	// Gather is the folder in which uploads are gathered until they are whole.
	Gather string
	// Transport sends the requests; the usual one when nil.
	Transport http.RoundTripper
}

// String leaves out the secret, for logs.
func (b Bucket) String() string { return b.Endpoint + "/" + b.Name }

// S3 keeps content in a bucket, an object for each key.
type S3 struct {
	bucket string
	client *minio.Core
	gather *Folder
}

// OpenS3 prepares for a bucket, which must be there. It asks nothing of it yet: Ping does.
func OpenS3(b Bucket) (*S3, error) {
	address, err := url.Parse(b.Endpoint)
	if err != nil || address.Host == "" || (address.Scheme != "http" && address.Scheme != "https") {
		return nil, errors.New("files: the endpoint must be an address such as https://s3.example.nl")
	}
	client, err := minio.NewCore(address.Host, &minio.Options{
		Creds: credentials.NewStaticV4(b.AccessKeyID, b.SecretAccessKey, ""), Secure: address.Scheme == "https",
		Region: b.Region, Transport: b.Transport, BucketLookup: minio.BucketLookupPath,
	})
	if err != nil {
		return nil, fmt.Errorf("files: prepare for %s: %w", b, err)
	}
	folder, err := OpenFolder(b.Gather)
	if err != nil {
		return nil, err
	}
	return &S3{bucket: b.Name, client: client, gather: folder}, nil
}

// Close lets go of the folder in which uploads are gathered.
func (s *S3) Close() error { return s.gather.Close() }

// Ping tells whether the bucket is there for these credentials.
func (s *S3) Ping(ctx context.Context) error {
	found, err := s.client.BucketExists(ctx, s.bucket)
	if err != nil {
		return fmt.Errorf("files: ask for the bucket: %w", err)
	}
	if !found {
		return fmt.Errorf("files: there is no bucket %s", s.bucket)
	}
	return nil
}

// Put gathers the content, so that what breaks off never reaches the bucket, and sends it in one request
// whose signature covers its hash.
func (s *S3) Put(ctx context.Context, key string, content io.Reader) error {
	if err := checkKey(key); err != nil {
		return err
	}
	hash := sha256.New()
	gathered, err := s.gather.gather(io.TeeReader(content, hash))
	if err != nil {
		return err
	}
	defer gathered.discard()
	size, err := gathered.file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = gathered.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("files: read back %s: %w", key, err)
	}
	_, err = s.client.PutObject(ctx, s.bucket, key, gathered.file, size, "", hex.EncodeToString(hash.Sum(nil)),
		minio.PutObjectOptions{DisableContentSha256: true, DisableMultipart: true, ContentType: "application/octet-stream"})
	if err != nil {
		return fmt.Errorf("files: put %s: %w", key, err)
	}
	return nil
}

// Get asks for the object of a key, from an offset on.
func (s *S3) Get(ctx context.Context, key string, from int64) (io.ReadCloser, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	var options minio.GetObjectOptions
	if from > 0 {
		if err := options.SetRange(from, 0); err != nil {
			return nil, fmt.Errorf("files: get %s from %d: %w", key, from, err)
		}
	}
	content, _, _, err := s.client.GetObject(ctx, s.bucket, key, options)
	switch {
	case minio.ToErrorResponse(err).Code == "InvalidRange":
		return http.NoBody, nil // from behind the end there is nothing, as of a file
	case err != nil:
		return nil, missing(key, err)
	}
	return content, nil
}

// Size asks about the object of a key.
func (s *S3) Size(ctx context.Context, key string) (int64, error) {
	if err := checkKey(key); err != nil {
		return 0, err
	}
	info, err := s.client.StatObject(ctx, s.bucket, key, minio.StatObjectOptions{})
	if err != nil {
		return 0, missing(key, err)
	}
	return info.Size, nil
}

// Delete removes the object of a key.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := s.client.RemoveObject(ctx, s.bucket, key, minio.RemoveObjectOptions{}); err != nil {
		return fmt.Errorf("files: delete %s: %w", key, err)
	}
	return nil
}

func missing(key string, err error) error {
	if minio.ToErrorResponse(err).Code == "NoSuchKey" {
		return fmt.Errorf("%w: %s", ErrNotFound, key)
	}
	return fmt.Errorf("files: ask for %s: %w", key, err)
}
