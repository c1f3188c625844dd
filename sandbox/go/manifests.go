//go:build manifests

// Package tools pins what the sandbox is made of. The binaries are `tool` lines in go.mod. These imports keep the two
// modules in go.mod that the sandbox takes custom resource definitions from.
package tools

import (
	_ "github.com/cert-manager/cert-manager/pkg/apis/certmanager"
	_ "github.com/prometheus-operator/prometheus-operator/pkg/versionutil"
)
