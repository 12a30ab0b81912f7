import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ItemNotFound } from '@synnefo/api';
import { principalOf } from '@synnefo/auth';

interface ProjectRequest {
  readonly params?: { readonly project?: string };
}

/** A project in the path of block storage is one of the caller's (with hyphens or without); an admin may name any. Others do not exist. */
@Injectable()
export class OwnProjectGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<ProjectRequest>();
    const project = request.params?.project;
    const principal = principalOf(request);
    if (project === undefined || principal === undefined || principal.isAdmin) return true;
    const own = [principal.projectId, ...principal.projectIds].map(plain);
    if (!own.includes(plain(project))) throw new ItemNotFound('there is no such project');
    return true;
  }
}

const plain = (id: string): string => id.replaceAll('-', '').toLowerCase();
