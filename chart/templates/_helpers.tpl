{{/* Name of the chart, for labels. */}}
{{- define "flask-app.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Name that the chart's objects share: the release's name, plus the chart's name unless it already contains that. */}}
{{- define "flask-app.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{/* Chart name and version, for the chart label. */}}
{{- define "flask-app.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/*
Metadata of an object. Takes root and optionally name (default: the full name), labels, annotations, and role for a pod
that the Service must not select.
*/}}
{{- define "flask-app.metadata" -}}
{{- $own := dict -}}
{{- if .role }}{{ $own = include "flask-app.roleLabels" . | fromYaml }}{{ end -}}
name: {{ .name | default (include "flask-app.fullname" .root) | quote }}
labels:
  {{- toYaml (merge $own (include "flask-app.labels" .root | fromYaml) (.labels | default dict) .root.Values.commonLabels) | nindent 2 }}
{{- with merge dict (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Labels of every object. */}}
{{- define "flask-app.labels" -}}
helm.sh/chart: {{ include "flask-app.chart" . | quote }}
{{ include "flask-app.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Labels that select the app's pods; the Deployment's selector is an immutable field, so they must never change. */}}
{{- define "flask-app.selectorLabels" -}}
app.kubernetes.io/name: {{ include "flask-app.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels that select the pods of a role; the Service selects only those without one, the app's. Takes root and role. */}}
{{- define "flask-app.roleLabels" -}}
{{- if not .role }}
{{- include "flask-app.selectorLabels" .root }}
{{- else -}}
app.kubernetes.io/name: {{ printf "%s-%s" (include "flask-app.name" .root | trunc 52 | trimSuffix "-") .role | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
{{- end }}
{{- end }}

{{/* The full name with a suffix, cut to 63 characters. Takes root and suffix. */}}
{{- define "flask-app.suffixedName" -}}
{{- $length := sub 62 (len .suffix) | int -}}
{{- printf "%s-%s" (include "flask-app.fullname" .root | trunc $length | trimSuffix "-") .suffix -}}
{{- end }}

{{/* Name of the pods' service account. */}}
{{- define "flask-app.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "flask-app.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/*
Name of the migration's service account; empty: `default`. An account that the chart creates does not exist when the first
migration runs.
*/}}
{{- define "flask-app.migrationServiceAccountName" -}}
{{- .Values.migration.serviceAccountName | default (ternary "" .Values.serviceAccount.name .Values.serviceAccount.create) }}
{{- end }}

{{/* Name of the Secret whose keys become environment variables. */}}
{{- define "flask-app.secretName" -}}
{{- default (include "flask-app.fullname" .) .Values.existingSecret }}
{{- end }}

{{/* A value as YAML with its template expressions evaluated. Takes root and value. */}}
{{- define "flask-app.tpl" -}}
{{- tpl (toYaml .value) .root }}
{{- end }}
