{{/* Name of the chart, for labels. */}}
{{- define "flask-app.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Name of every object: the release's name, with the chart's where it is not in it already. */}}
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

{{/* Labels of every object. */}}
{{- define "flask-app.labels" -}}
helm.sh/chart: {{ include "flask-app.chart" . }}
{{ include "flask-app.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Labels that find the app's pods; they never change over a release's life. */}}
{{- define "flask-app.selectorLabels" -}}
app.kubernetes.io/name: {{ include "flask-app.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Name of the pods' service account. */}}
{{- define "flask-app.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "flask-app.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* Name of the Secret whose keys become environment variables. */}}
{{- define "flask-app.secretName" -}}
{{- default (include "flask-app.fullname" .) .Values.existingSecret }}
{{- end }}

{{/* A part of a URL, percent-encoded as RFC 3986 asks; urlquery alone writes a space as "+". */}}
{{- define "flask-app.percentEncode" -}}
{{- urlquery . | replace "+" "%20" -}}
{{- end }}

{{/* PostgreSQL URL: postgresql://user:password@host:port/name, its parts percent-encoded. */}}
{{- define "flask-app.databaseUrl" -}}
{{- with .Values.database -}}
postgresql://{{ include "flask-app.percentEncode" .username }}:{{ include "flask-app.percentEncode" .password }}@
{{- required "database.enabled needs database.host" .host }}:{{ .port }}/{{ include "flask-app.percentEncode" .name }}
{{- end }}
{{- end }}

{{/* Redis URL: redis://[:password@]host:port/number, the password percent-encoded. */}}
{{- define "flask-app.redisUrl" -}}
{{- with .Values.redis -}}
redis://{{ with .password }}:{{ include "flask-app.percentEncode" . }}@{{ end }}
{{- required "redis.enabled needs redis.host" .host }}:{{ .port }}/{{ .database }}
{{- end }}
{{- end }}

{{/* Data of the ConfigMap; its hash restarts the pods when it changes. */}}
{{- define "flask-app.configData" -}}
APP_NAME: {{ .Values.flask.appName | default (include "flask-app.fullname" .) | quote }}
FLASK_ENV: {{ .Values.flask.env | quote }}
FLASK_DEBUG: {{ .Values.flask.debug | quote }}
LOG_LEVEL: {{ .Values.flask.logLevel | quote }}
{{- with .Values.mlModel }}
{{- if .enabled }}
MODEL_PATH: {{ .modelPath | quote }}
MODEL_VERSION: {{ .modelVersion | quote }}
MODEL_TYPE: {{ .modelType | quote }}
BATCH_SIZE: {{ .batchSize | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* Data of the chart's own Secret; its hash restarts the pods when it changes. */}}
{{- define "flask-app.secretData" -}}
SECRET_KEY: {{ .Values.flask.secretKey | b64enc | quote }}
{{- if .Values.database.enabled }}
DATABASE_URL: {{ include "flask-app.databaseUrl" . | b64enc | quote }}
{{- end }}
{{- if .Values.redis.enabled }}
REDIS_URL: {{ include "flask-app.redisUrl" . | b64enc | quote }}
{{- end }}
{{- end }}

{{/* Body of an HTTP probe, from one of the healthCheck values. */}}
{{- define "flask-app.httpProbe" -}}
httpGet:
  path: {{ .path }}
  port: http
initialDelaySeconds: {{ .initialDelaySeconds }}
periodSeconds: {{ .periodSeconds }}
timeoutSeconds: {{ .timeoutSeconds }}
failureThreshold: {{ .failureThreshold }}
{{- end }}

{{/* Labels of the `helm test` pod; the Service must not select it. */}}
{{- define "flask-app.testLabels" -}}
app.kubernetes.io/name: {{ include "flask-app.name" . }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
