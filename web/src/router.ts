/* Addresses. Each page is fetched when it is first opened. One route serves
 * list and record of every entity, so a record opened from its list keeps the
 * list alive beside it and has the same address as the full page. */
import { createRouter, createWebHistory } from 'vue-router';
import { onSignedOut } from '@/api/client';
import { readSetup } from '@/api/routes';
import { resume, session } from '@/stores/session';
import { loadSchema } from '@/stores/schema';
import { untilBack } from '@/stores/signedOut';

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/sign-in', name: 'sign-in', component: () => import('@/pages/SignIn.vue'), meta: { open: true } },
    { path: '/forgot', name: 'forgot', component: () => import('@/pages/PasswordForgot.vue'), meta: { open: true } },
    { path: '/reset', name: 'reset', component: () => import('@/pages/PasswordReset.vue'), meta: { open: true } },
    { path: '/second-step', name: 'second-step', component: () => import('@/pages/SecondStep.vue') },
    { path: '/setup', name: 'setup', component: () => import('@/pages/SetUp.vue'), meta: { open: true } },
    {
      path: '/',
      component: () => import('@/components/shell/AppShell.vue'),
      children: [
        { path: '', name: 'workbench', component: () => import('@/pages/WorkBench.vue') },
        { path: 'import', name: 'import', component: () => import('@/pages/ImportStart.vue') },
        { path: 'import/:id(\\d+)', name: 'import-run', component: () => import('@/pages/ImportRun.vue') },
        { path: 'value/pyramid', name: 'pyramid', component: () => import('@/pages/CustomerPyramid.vue') },
        { path: 'value/matrix', name: 'matrix', component: () => import('@/pages/ValueMatrix.vue') },
        { path: 'value/groups', name: 'groups', component: () => import('@/pages/BuyingGroups.vue') },
        { path: 'value/lifetimes', name: 'lifetimes', component: () => import('@/pages/LifetimeSpread.vue') },
        { path: 'value/due', name: 'due', component: () => import('@/pages/DueList.vue') },
        { path: 'value/rfm', name: 'rfm', component: () => import('@/pages/RfmMap.vue') },
        { path: 'value/pareto', name: 'pareto', component: () => import('@/pages/ParetoCurve.vue') },
        { path: 'value/drop', name: 'drop', component: () => import('@/pages/DropDesk.vue') },
        { path: 'value/policy', name: 'policy', component: () => import('@/pages/GradePolicy.vue') },
        { path: 'value/churn', name: 'churn', component: () => import('@/pages/ChurnDesk.vue') },
        { path: 'value/ladder', name: 'ladder', component: () => import('@/pages/RelationLadder.vue') },
        { path: 'value/strategies', name: 'strategies', component: () => import('@/pages/RelationStrategies.vue') },
        { path: 'value/cohorts', name: 'cohorts', component: () => import('@/pages/CohortTriangle.vue') },
        { path: 'system/settings', name: 'settings', component: () => import('@/pages/SettingList.vue') },
        { path: 'system/fields', name: 'fields', component: () => import('@/pages/CustomFields.vue') },
        { path: 'account', name: 'account', component: () => import('@/pages/AccountSafety.vue') },
        { path: 'system/audit', name: 'audit', component: () => import('@/pages/AuditTrail.vue') },
        { path: 'system/tokens', name: 'tokens', component: () => import('@/pages/TokenList.vue') },
        { path: 'system/bin', name: 'bin', component: () => import('@/pages/RecycleBin.vue') },
        { path: 'system/backups', name: 'backups', component: () => import('@/pages/BackupList.vue') },
        { path: 'system/jobs', name: 'jobs', component: () => import('@/pages/JobList.vue') },
        {
          path: ':object([a-z][a-z0-9_]*)/:id(\\d+|new)?',
          name: 'records',
          component: () => import('@/pages/RecordRoute.vue'),
        },
        { path: ':rest(.*)*', name: 'nowhere', component: () => import('@/pages/NoPage.vue') },
      ],
    },
  ],
});

router.beforeEach(async (to) => {
  if (to.meta.open) {
    if (to.name === 'sign-in' && (await resume().catch(() => null))) return '/';
    return true;
  }
  if (!session.value && !(await resume())) {
    const { needed } = await readSetup();
    return needed ? '/setup' : { path: '/sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } };
  }
  if (session.value?.second_step === 'needed') return to.name === 'second-step' || '/second-step';
  if (to.name === 'second-step') return '/account';
  await loadSchema();
  return true;
});

onSignedOut(async () => {
  /* Somebody was at work here: his page stays, he signs in over it. */
  if (session.value) return untilBack();
  const at = router.currentRoute.value;
  if (!at.meta.open) void router.push({ path: '/sign-in', query: { next: at.fullPath } });
  return false;
});
