{{/* Name of every object. The Bitnami charts build theirs by the same rule. */}}
{{- define "postgresql.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains .Chart.Name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* Labels that select the pods. */}}
{{- define "postgresql.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: primary
{{- end }}

{{/* Labels of every object. */}}
{{- define "postgresql.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{ include "postgresql.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Reference of the image: by its digest if it has one, else by its tag. */}}
{{- define "postgresql.image" -}}
{{- with .Values.image -}}
{{ .registry }}/{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}
{{- end }}
{{- end }}

{{/* A value as YAML. The Bitnami charts also evaluate the templates in it. Takes a list: the value, and the root. */}}
{{- define "postgresql.evaluate" -}}
{{- tpl (toYaml (index . 0)) (index . 1) }}
{{- end }}

{{/* Whether the app's role is someone other than the superuser: its name, or nothing. */}}
{{- define "postgresql.customUser" -}}
{{- if ne .Values.auth.username "postgres" }}{{ .Values.auth.username }}{{ end }}
{{- end }}

{{/* The command that all probes run. */}}
{{- define "postgresql.isReady" -}}
{{- $database := .Values.auth.database -}}
exec pg_isready -U {{ include "postgresql.customUser" . | default "postgres" | quote }}
{{- with $database }} -d "dbname={{ . }}"{{ end }} -h 127.0.0.1 -p 5432
{{- end }}
