{{/* Part of a URL, percent-encoded by RFC 3986; urlquery on its own would encode a space as "+". */}}
{{- define "flask-app.percentEncode" -}}
{{- urlquery . | replace "+" "%20" -}}
{{- end }}

{{/* PostgreSQL URL, postgresql://user:password@host:port/name, with its parts percent-encoded. */}}
{{- define "flask-app.databaseUrl" -}}
{{- with .Values.database -}}
postgresql://{{ include "flask-app.percentEncode" .username }}:{{ include "flask-app.percentEncode" .password }}@
{{- .host }}:{{ .port }}/{{ include "flask-app.percentEncode" .name }}
{{- end }}
{{- end }}

{{/* Redis URL, redis://[:password@]host:port/number, with the password percent-encoded. */}}
{{- define "flask-app.redisUrl" -}}
{{- with .Values.redis -}}
redis://{{ with .password }}:{{ include "flask-app.percentEncode" . }}@{{ end }}
{{- .host }}:{{ .port }}/{{ .database | int64 }}
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
BATCH_SIZE: {{ .batchSize | int64 | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/*
SECRET_KEY of the chart's own Secret: flask.secretKey; without it, the key that the release already has, or a new random
one. It is kept in .Values, because the Secret, the migration's copy and the checksum must have the same.
*/}}
{{- define "flask-app.secretKey" -}}
{{- if not .Values.flask.secretKey }}
{{- $secret := lookup "v1" "Secret" .Release.Namespace (include "flask-app.secretName" .) | default dict }}
{{- $key := dig "data" "SECRET_KEY" "" $secret | b64dec }}
{{- /* The default of older versions is public. */}}
{{- $kept := ternary "" $key (eq $key "change-me-in-production") }}
{{- $_ := set .Values.flask "secretKey" ($kept | default (randAlphaNum 64)) }}
{{- end }}
{{- .Values.flask.secretKey }}
{{- end }}

{{/* Data of the chart's own Secret; its hash restarts the pods when it changes. */}}
{{- define "flask-app.secretData" -}}
SECRET_KEY: {{ include "flask-app.secretKey" . | b64enc | quote }}
{{- if .Values.database.enabled }}
DATABASE_URL: {{ include "flask-app.databaseUrl" . | b64enc | quote }}
{{- end }}
{{- if .Values.redis.enabled }}
REDIS_URL: {{ include "flask-app.redisUrl" . | b64enc | quote }}
{{- end }}
{{- end }}

{{/*
Value or source of DATABASE_URL: what extraEnv sets, which wins, or the Secret with the variables. Takes root and the name
of the Secret.
*/}}
{{- define "flask-app.databaseUrlSource" -}}
{{- $source := dict "valueFrom" (dict "secretKeyRef" (dict "name" .secret "key" "DATABASE_URL" "optional" true)) }}
{{- range .root.Values.extraEnv }}
{{- if eq (toString .name) "DATABASE_URL" }}
{{- $source = omit . "name" }}
{{- end }}
{{- end }}
{{- include "flask-app.tpl" (dict "root" .root "value" $source) }}
{{- end }}

{{/*
Environment of a container with the app's image, and of the model fetch. Takes root, and the names of the configMap and the
secret with the variables.
*/}}
{{- define "flask-app.environment" -}}
{{- with .root.Values.extraEnv -}}
env:
  {{- include "flask-app.tpl" (dict "root" $.root "value" .) | nindent 2 }}
{{ end -}}
envFrom:
  - configMapRef:
      name: {{ .configMap | quote }}
  - secretRef:
      name: {{ .secret | quote }}
  {{- with .root.Values.extraEnvFrom }}
  {{- include "flask-app.tpl" (dict "root" $.root "value" .) | nindent 2 }}
  {{- end }}
{{- end }}
