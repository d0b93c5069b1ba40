# The published package with its locked dependencies, and nothing else.
# docker build --tag localyun .

FROM node:26.10.0-slim AS package
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY bin bin
COPY src src
COPY CHANGELOG.md LICENSE README.md rolldown.config.ts tsconfig.json tsconfig.build.json ./
RUN npm pack --silent && tar -xzf localyun-*.tgz

FROM node:26.10.0-slim AS dependencies
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:26.10.0-slim
ENV NODE_ENV=production \
    LOCALYUN_HOST=0.0.0.0 \
    LOCALYUN_STORE=sqlite:/data/state.db \
    LOCALYUN_LOG_FORMAT=json
WORKDIR /app
COPY --from=package /source/package ./
COPY --from=dependencies /source/node_modules node_modules
RUN install -d -o node -g node /data
# The user "node", by number: Kubernetes must see that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 8526
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.LOCALYUN_PORT || 8526}/_localyun/health`).then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/localyun.js"]
CMD ["serve"]
