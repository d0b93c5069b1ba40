/**
 * The schema, as steps that are run once each, in order. A step that has been released is never changed.
 * Times are ms since the epoch: instance time, but for `expires_at` of nonces and tokens, `leased_until`, `seen_until` and the times of webhooks,
 * which are the machine's; `at_s` is instance time in whole seconds. Money is in fen (1/100 CNY), `price_micro` in 10⁻⁶ CNY an
 * hour, `paid_in` and rates of the meter in nano-yuan. Lists and objects are JSON text.
 */
export const migrations: readonly string[] = [
  `
  create table settings (
    key text primary key,
    value text not null
  );

  create table counters (
    name text primary key,
    value bigint not null
  );

  create table accounts (
    id text primary key,
    balance_fen bigint not null,
    default_economical_mode integer not null,
    kms text not null
  );

  create table balances (
    account_id text primary key,
    paid_in text not null,
    in_arrears_since bigint,
    settle_at bigint
  );

  create table reactivations (
    instance_seq integer primary key,
    account_id text not null,
    due_at bigint not null
  );

  create table access_keys (
    id text primary key,
    account_id text not null,
    secret text not null,
    status text not null,
    policy text
  );

  create table kms_keys (
    account_id text not null,
    region_id text not null,
    id text not null,
    state text not null,
    tags text not null,
    ecs_authorized integer not null,
    created_at bigint not null,
    delete_at bigint,
    details text not null,
    primary key (account_id, region_id, id)
  );

  create table stock (
    zone_id text not null,
    instance_type text not null,
    available integer,
    primary key (zone_id, instance_type)
  );

  create table spot_prices (
    zone_id text not null,
    instance_type text not null,
    at bigint not null,
    price_micro bigint not null,
    primary key (zone_id, instance_type, at)
  );

  create table spot_interruptions (
    instance_seq integer primary key,
    instance_id text not null,
    cause text not null,
    noticed_at bigint,
    due_at bigint not null
  );

  create table instances (
    seq integer primary key,
    id text not null unique,
    account_id text not null,
    region_id text not null,
    zone_id text not null,
    name text not null,
    status text not null,
    operation text,
    stop_mode text,
    intent_power text not null,
    intent_by text not null,
    intent_at bigint not null,
    machine_power text not null,
    type text not null,
    family text not null,
    image_id text not null,
    network_type text not null,
    charge_type text not null,
    spot_strategy text not null,
    internet_charge_type text not null,
    vpc_id text not null,
    vswitch_id text not null,
    security_group_ids text not null,
    private_ip text not null,
    public_ip text not null,
    regains_public_ip integer not null,
    eip text not null,
    key_pair_name text not null,
    resource_group_id text not null,
    http_endpoint text not null,
    http_tokens text not null,
    tags text not null,
    locks text not null,
    kms_key_ids text not null,
    managed integer not null,
    deletion_protection integer not null,
    guest text not null,
    created_at bigint not null,
    started_at bigint,
    expires_at bigint,
    auto_release_at bigint,
    reboot_planned integer not null,
    credits_since bigint not null,
    renewal_status text not null,
    expiry_due_at bigint,
    before_expiry text,
    host_id text,
    details text not null
  );
  create index instances_by_region on instances (account_id, region_id, seq);
  create index instances_by_private_ip on instances (private_ip);
  create index instances_by_release_time on instances (auto_release_at) where auto_release_at is not null;
  create index instances_by_expiry on instances (expiry_due_at) where expiry_due_at is not null;
  create index instances_by_host on instances (host_id, status) where host_id is not null;

  create table eips (
    seq integer primary key,
    id text not null unique,
    account_id text not null,
    region_id text not null,
    address text not null,
    name text not null,
    description text not null,
    bandwidth integer not null,
    internet_charge_type text not null,
    isp text not null,
    resource_group_id text not null,
    tags text not null,
    instance_seq integer,
    instance_id text not null,
    allocated_at bigint not null
  );
  create index eips_by_region on eips (account_id, region_id, seq);
  create unique index eips_by_instance on eips (instance_seq) where instance_seq is not null;

  create table released_instances (
    id text primary key,
    seq integer not null,
    account_id text not null,
    region_id text not null,
    released_at bigint not null,
    released_by text not null,
    name text not null,
    type text not null,
    tags text not null
  );

  create table jobs (
    instance_seq integer primary key,
    kind text not null,
    instance_id text not null,
    due_at bigint not null,
    leased_until bigint not null,
    revision integer not null,
    attempts integer not null,
    host_id text,
    payload text not null
  );
  create index jobs_by_due_time on jobs (due_at);

  create table events (
    seq integer primary key,
    at bigint not null,
    account_id text not null,
    region_id text not null,
    instance_seq integer not null,
    instance_id text not null,
    state text not null,
    actor text not null,
    request_id text not null,
    reason text not null
  );
  create index events_by_instance on events (instance_seq, seq);

  create table faults (
    seq integer primary key,
    id text not null unique,
    rule text not null,
    seen integer not null,
    struck integer not null
  );

  create table stale_views (
    instance_seq integer primary key,
    until bigint not null,
    status text,
    stop_mode text
  );

  create table webhooks (
    id text primary key,
    url text not null,
    secret text not null,
    instance_id text,
    account_id text,
    region_id text,
    states text not null,
    created_at bigint not null,
    gone_at bigint
  );

  create table webhook_deliveries (
    webhook_id text not null,
    event_seq integer not null,
    instance_seq integer not null,
    primary key (webhook_id, event_seq)
  );

  create table system_events (
    seq integer primary key,
    id text not null unique,
    account_id text not null,
    region_id text not null,
    instance_seq integer not null,
    instance_id text not null,
    type text not null,
    status text not null,
    reason text not null,
    published_at bigint not null,
    not_before bigint not null,
    due_at bigint not null,
    started_at bigint,
    finished_at bigint
  );
  create index system_events_by_instance on system_events (instance_seq);
  create index system_events_by_instance_id on system_events (instance_id);
  create index system_events_by_due_time on system_events (due_at) where status = 'Scheduled';

  create table meter (
    seq integer primary key,
    account_id text not null,
    region_id text not null,
    kind text not null,
    resource_number bigint not null,
    resource_id text not null,
    holder_number bigint,
    at_s bigint not null,
    state text not null,
    compute bigint not null,
    image bigint not null,
    system_disk bigint not null,
    data_disk bigint not null,
    bandwidth bigint not null,
    pausable bigint not null,
    delta bigint not null
  );
  create index meter_by_resource on meter (resource_number, kind, seq);
  create index meter_by_holder on meter (holder_number) where holder_number is not null;

  create table payments (
    seq integer primary key,
    account_id text not null,
    region_id text not null,
    kind text not null,
    resource_number bigint not null,
    resource_id text not null,
    at_s bigint not null,
    item text not null,
    amount_fen bigint not null,
    note text not null
  );
  create index payments_by_resource on payments (resource_number);

  create table hosts (
    id text primary key,
    holder text not null,
    address text not null,
    vcpus integer not null,
    memory_mib integer not null,
    seen_until bigint not null
  );

  create table images (
    id text not null,
    host_id text not null,
    name text not null,
    os_name text not null,
    os_type text not null,
    size_gib integer not null,
    kernel_command_line text,
    has_initrd integer not null,
    created_at bigint not null,
    primary key (id, host_id)
  );

  create table traffic (
    account_id text not null,
    region_id text not null,
    month text not null,
    bytes bigint not null,
    primary key (account_id, month, region_id)
  );

  create table nonces (
    id integer primary key,
    nonce text not null,
    expires_at bigint not null
  );

  create table client_tokens (
    account_id text not null,
    action text not null,
    token text not null,
    request_hash text not null,
    answer text not null,
    expires_at bigint not null,
    primary key (account_id, action, token)
  );
  `,
  `
  alter table instances add column revision bigint not null default 0;
  `,
]
