/* The sidebar: seven groups, and in each what exists and may be read. */
import { computed, type Component } from 'vue';
import {
  Archive, BarChart3, Boxes, Briefcase, CalendarCheck, CalendarClock, ChartColumn, ClipboardList, Cog, CreditCard, FileClock,
  Gauge, Grid2x2, Grid3x3, HeartCrack, HeartHandshake, Import, KeyRound, LayoutDashboard, MessagesSquare, Milestone, Package, Pyramid,
  ScrollText, Scale, Settings, Shapes, ShieldCheck, ShoppingCart, SlidersHorizontal, Tags, TextCursorInput, Trash2, TrendingUp, Triangle, UserRound, Users,
  UsersRound, Wrench,
} from 'lucide-vue-next';
import { i18n } from '@/i18n';
import { isAdmin, mayImport } from './rights';
import { byPlural, entities, listLabel, may } from './schema';
import { lang } from './prefs';

export interface MenuEntry {
  key: string;
  path: string;
  label: string;
  icon: Component;
}

export interface MenuGroup {
  key: string;
  label: string;
  icon: Component;
  entries: MenuEntry[];
}

const ICONS: Record<string, Component> = {
  customers: UsersRound, contacts: UserRound, tags: Tags, products: Package,
  orders: ShoppingCart, payments: CreditCard, interactions: MessagesSquare,
  tasks: CalendarCheck, users: Users, teams: Briefcase, roles: ShieldCheck,
  audit_entries: ScrollText, jobs: FileClock, api_tokens: KeyRound,
};

const RECORDS: Record<string, string[]> = {
  customer: ['customers', 'contacts', 'tags'],
  sales: ['orders', 'payments', 'products'],
  service: ['interactions', 'tasks'],
  marketing: [],
  system: ['users', 'teams', 'roles'],
};

function record(plural: string): MenuEntry[] {
  const entity = byPlural.value.get(plural);
  if (!entity || !may(plural, 'read') || !entity.list.length) return [];
  return [
    { key: plural, path: '/' + plural, label: listLabel(entity), icon: ICONS[plural] ?? Boxes },
  ];
}

function page(key: string, path: string, icon: Component, shown: boolean): MenuEntry[] {
  return shown ? [{ key, path, icon, label: i18n.global.t('menu.' + key) }] : [];
}

/** Lists that only those who keep them need in the sidebar. */
function kept(plural: string): MenuEntry[] {
  return may(plural, 'update') ? record(plural) : [];
}

export const menu = computed<MenuGroup[]>(() => {
  void lang.value; // labels follow the language
  const t = i18n.global.t;
  const value = may('customers', 'read');
  const own = entities.value.filter((e) => e.name.startsWith('x_')).map((e) => e.plural);
  const groups: (MenuGroup & { entries: MenuEntry[] })[] = [
    { key: 'work', label: t('menu.work'), icon: LayoutDashboard,
      entries: page('workbench', '/', Gauge, entities.value.length > 0) },
    { key: 'customer', label: t('menu.customer'), icon: UsersRound,
      entries: [...RECORDS.customer!, ...own].flatMap(record) },
    { key: 'sales', label: t('menu.sales'), icon: ShoppingCart,
      entries: RECORDS.sales!.flatMap(record) },
    { key: 'service', label: t('menu.service'), icon: Wrench,
      entries: RECORDS.service!.flatMap(record) },
    { key: 'marketing', label: t('menu.marketing'), icon: ClipboardList,
      entries: RECORDS.marketing!.flatMap(record) },
    { key: 'value', label: t('menu.value'), icon: BarChart3,
      entries: [
        ...page('pyramid', '/value/pyramid', Pyramid, value),
        ...page('matrix', '/value/matrix', Grid2x2, value && may('orders', 'read')),
        ...page('groups', '/value/groups', Shapes, value && may('orders', 'read')),
        ...page('rfm', '/value/rfm', Grid3x3, value),
        ...page('pareto', '/value/pareto', TrendingUp, value),
        ...page('lifetimes', '/value/lifetimes', ChartColumn, value && may('orders', 'read')),
        ...page('cohorts', '/value/cohorts', Triangle, value && may('orders', 'read')),
        ...page('due', '/value/due', CalendarClock, value && may('orders', 'read')),
        ...page('ladder', '/value/ladder', Milestone, value && may('orders', 'read')),
        ...page('strategies', '/value/strategies', HeartHandshake, value && may('orders', 'read') && may('lifecycle_plans', 'read')),
        ...page('churn', '/value/churn', HeartCrack, value && may('orders', 'read')),
        ...page('drop', '/value/drop', Scale, value && may('cost_entries', 'read') && may('drop_decisions', 'read')),
        ...page('policy', '/value/policy', SlidersHorizontal, value && may('grade_policies', 'read') && may('orders', 'read')),
      ] },
    { key: 'system', label: t('menu.system'), icon: Settings,
      entries: [
        ...page('import', '/import', Import, mayImport()),
        ...RECORDS.system!.flatMap(kept),
        ...page('audit', '/system/audit', ScrollText, may('audit_entries', 'read')),
        ...page('jobs', '/system/jobs', FileClock, may('jobs', 'read')),
        ...page('bin', '/system/bin', Trash2, entities.value.some((e) => e.writable !== false && may(e.plural, 'delete'))),
        ...page('backups', '/system/backups', Archive, isAdmin.value),
        ...page('tokens', '/system/tokens', KeyRound, entities.value.length > 0),
        ...page('fields', '/system/fields', TextCursorInput, isAdmin.value),
        ...page('settings', '/system/settings', Cog, isAdmin.value),
      ] },
  ];
  return groups.filter((g) => g.entries.length > 0);
});
