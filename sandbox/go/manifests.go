//go:build manifests

// Package tools pins what the sandbox is made of. The binaries are `tool` lines of go.mod; these imports only keep the
// two modules there whose custom resource definitions the sandbox installs.
package tools

import (
	_ "github.com/cert-manager/cert-manager/pkg/apis/certmanager"
	_ "github.com/prometheus-operator/prometheus-operator/pkg/versionutil"
)
